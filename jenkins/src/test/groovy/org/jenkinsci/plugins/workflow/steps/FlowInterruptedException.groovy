package org.jenkinsci.plugins.workflow.steps

/** What Jenkins throws when somebody stops a build; the framework has no class of this name. */
class FlowInterruptedException extends InterruptedException {
}
