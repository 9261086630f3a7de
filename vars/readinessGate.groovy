import com.cloudbees.groovy.cps.NonCPS
import groovy.json.JsonException
import groovy.json.JsonSlurperClassic
import org.jenkinsci.plugins.workflow.steps.FlowInterruptedException

/**
 * The production-readiness gate as a step. Judges, publishes the reports, and only then says whether the build goes on.
 *
 * The exit code of `readiness` is the verdict: 0 lets the build go on, 1 fails it (or makes it unstable, where the
 * pipeline says so), anything else fails it whatever the pipeline says. A report that can't be published changes
 * nothing. The settings are in readinessGate.txt and docs/jenkins.md. All calls of a build share the object: it has no
 * fields.
 */
Map call(Map settings = [:]) {
  String wrong = whatIsWrong(settings)
  if (wrong) {
    error("readinessGate: ${wrong}")
  }
  Map given = effective(settings, env.CHANGE_TARGET)
  int code = 3
  List credentials = bindings(given)
  if (credentials) {
    withCredentials(credentials) { code = exitCodeOf(given) }
  } else {
    code = exitCodeOf(given)
  }
  Map record = [:]
  if (fileExists(report(given, 'json'))) {
    record = recordOf(readFile(file: report(given, 'json'), encoding: 'UTF-8'))
  }
  Map outcome = outcomeOf(code, record, given)
  describe(outcome)
  publish(given, outcome)
  if (outcome.result == 'FAILURE') {
    error(outcome.text)
  } else if (outcome.result == 'UNSTABLE') {
    unstable(outcome.text)
  } else {
    echo(outcome.text)
  }
  return outcome
}

// ---- what is asked for

/** Each setting and its default; null is "not given". */
@NonCPS
private Map defaults() {
  return [
    path: '.', environment: null, base: null, policy: null, profile: null, mainBranch: 'main', fetch: true,
    manifests: [:], sources: [:], asOf: null, failOn: null, unstableOn: null, notReady: 'failure',
    formats: ['json', 'junit', 'warnings-ng', 'sarif', 'markdown'], reportDir: null, program: 'readiness',
    credentialsId: null, tokens: [:],
  ]
}

@NonCPS
private String whatIsWrong(Map settings) {
  Map known = defaults()
  for (entry in settings) {
    String name = entry.key
    def value = entry.value
    if (!known.containsKey(name)) {
      return "no setting is called '${plain(name)}'; expected one of ${known.keySet().join(', ')}"
    }
    // An unset variable is no wish: a policy of null would leave the rules to somebody else.
    if (value == null || (value instanceof CharSequence && !value.toString().trim())) {
      return "${name} is empty; leave it out, or give the variable a value"
    }
    if (kindOf(known[name]) != kindOf(value)) {
      return "${name} has the wrong type; the default is ${known[name]}"
    }
    if (value.toString().find(/[\x00-\x08\x0a-\x1f\x7f]/)) {
      return "${name} holds a control character"
    }
    if (value.toString().find(/:\/\/[^\/@\s]*:[^\/@\s]*@/)) {
      return "${name} holds a password; store it in Jenkins and name it with credentialsId"
    }
  }
  for (name in ['failOn', 'unstableOn']) {
    if (settings[name] != null && !(settings[name].toString() in severities())) {
      return "${name} is '${plain(settings[name])}'; expected one of ${severities().join(', ')}"
    }
  }
  if (!((settings.notReady ?: 'failure').toString() in ['failure', 'unstable'])) {
    return "notReady is '${plain(settings.notReady)}'; expected failure or unstable"
  }
  String folder = settings.reportDir ?: 'x'
  if (!(folder ==~ /[A-Za-z0-9_.][A-Za-z0-9_.\/-]*/) || folder.tokenize('/').any { it == '..' } || folder == '.') {
    return "reportDir is '${plain(folder)}'; expected a folder below the workspace, of letters, digits and _.-/"
  }
  for (name in (settings.formats ?: [])) {
    if (!(name.toString() in ['json', 'junit', 'warnings-ng', 'sarif', 'markdown', 'github', 'gitlab'])) {
      return "formats has '${plain(name)}'; expected some of json, junit, warnings-ng, sarif, markdown, github, gitlab"
    }
  }
  for (name in (settings.tokens ?: [:]).keySet()) {
    if (!(name.toString() ==~ /[A-Z][A-Z0-9_]*/)) {
      return "tokens has '${plain(name)}'; expected the name of an environment variable such as BITBUCKET_TOKEN"
    }
  }
  return null
}

@NonCPS
private String kindOf(Object value) {
  return value instanceof Map ? 'map' : value instanceof List ? 'list' : value instanceof Boolean ? 'boolean' : 'text'
}

/** The settings with their defaults; where nothing names the rules, those of the target or of the main branch judge. */
@NonCPS
private Map effective(Map settings, String target) {
  Map given = defaults()
  given.putAll(settings)
  if (!given.base && !given.policy) {
    if (target) {
      given.base = "origin/${target}".toString()
    } else {
      given.policy = "origin/${given.mainBranch}".toString()
    }
  }
  given.id = given.environment ? "readiness-${slug(given.environment)}".toString() : 'readiness'
  given.reportDir = (given.reportDir ?: "readiness-report/${given.id}").toString()
  given.formats = (['json'] + given.formats.collect { it.toString() }).unique()
  return given
}

@NonCPS
private List severities() {
  return ['note', 'warning', 'error']
}

@NonCPS
private String slug(Object name) {
  return name.toString().toLowerCase().replaceAll(/[^a-z0-9_-]+/, '-').take(60)
}

// ---- what is run

private int exitCodeOf(Map given) {
  return sh(label: 'readiness gate', returnStatus: true, script: commands(given)) as int
}

/** Credentials by their id; their values stay in variables of the shell, masked by Jenkins. */
private List bindings(Map given) {
  List made = []
  if (given.credentialsId) {
    made.add(gitUsernamePassword(credentialsId: given.credentialsId.toString(), gitToolName: 'Default'))
  }
  for (String name in new ArrayList(given.tokens.keySet())) {
    made.add(string(credentialsId: given.tokens[name].toString(), variable: name))
  }
  return made
}

@NonCPS
private String commands(Map given) {
  String program = quoted(given.program)
  List lines = []
  // What is evaluated must not choose where the reports go.
  List parts = given.reportDir.tokenize('/')
  for (int depth = 1; depth <= parts.size(); depth++) {
    String folder = quoted(parts.take(depth).join('/'))
    lines.add("[ ! -L ${folder} ] || { echo 'readinessGate: '${folder}' is a link' >&2; exit 3; }")
  }
  // Reports of an earlier build in this workspace are not those of this one.
  List old = given.formats.collect { quoted(report(given, it)) } + quoted(review(given))
  lines.add("mkdir -p -- ${quoted(given.reportDir)} && rm -rf -- ${old.join(' ')} || exit 3")
  for (reference in [given.base, given.policy]) {
    String branch = reference?.toString()
    if (given.fetch && branch?.startsWith('origin/')) {
      branch = branch.substring('origin/'.length())
      String refspec = quoted("+refs/heads/${branch}:refs/remotes/origin/${branch}")
      lines.add("git -C ${quoted(given.path)} fetch --quiet --no-tags origin ${refspec} || exit 3")
    }
  }
  List words = [program, 'gate', '--require-trusted', '--output', 'terminal']
  for (format in given.formats) {
    words.addAll(['--output', quoted("${format}=${report(given, format)}")])
  }
  Map options = [
    environment: '--environment', base: '--base', policy: '--policy', profile: '--profile', asOf: '--as-of',
    failOn: '--fail-on',
  ]
  for (option in options) {
    if (given[option.key]) {
      words.add("${option.value}=${quoted(given[option.key])}")
    }
  }
  for (one in given.manifests) {
    words.add("--manifests=${quoted("${one.key}=${one.value}")}")
  }
  for (one in given.sources) {
    words.add("--source=${quoted("${one.key}=${one.value}")}")
  }
  words.addAll(['--', quoted(given.path)])
  lines.add("code=0; ${words.join(' ')} || code=\$?")
  // The launch review, where this version of readiness has it. That it fails is said, and changes nothing.
  lines.add("if [ \"\$code\" -le 1 ] && ${program} review --help >/dev/null 2>&1; then")
  lines.add("  ${program} review ${quoted(report(given, 'json'))} --output ${quoted(review(given))} || true")
  String page = quoted("${review(given)}/index.html")
  lines.add("  [ -f ${page} ] || echo 'readinessGate: no launch review was written' >&2")
  lines.add('fi')
  lines.add('exit "$code"')
  return lines.join('\n') + '\n'
}

/** A word that the shell takes as it is, whatever is in it. */
@NonCPS
private String quoted(Object word) {
  return "'" + word.toString().replace("'", "'\\''") + "'"
}

@NonCPS
private String report(Map given, String format) {
  Map names = [
    json: 'readiness.json', junit: 'junit.xml', 'warnings-ng': 'issues.json', sarif: 'readiness.sarif',
    markdown: 'readiness.md', github: 'github.txt', gitlab: 'gl-code-quality-report.json',
  ]
  return "${given.reportDir}/${names[format]}".toString()
}

@NonCPS
private String review(Map given) {
  return "${given.reportDir}/review".toString()
}

// ---- what came out

/** The few words of the record that the build page needs: plain strings and numbers, kept over a restart of Jenkins. */
@NonCPS
private Map recordOf(String text) {
  def document
  try {
    document = new JsonSlurperClassic().parseText(text)
  } catch (JsonException | IllegalArgumentException unreadable) {
    return [:]
  }
  if (!(document instanceof Map) || document.schema != 'readiness/verdict/1') {
    return [:]
  }
  Map open = [note: 0, warning: 0, error: 0]
  for (outcome in (document.outcomes ?: [])) {
    for (finding in (outcome.findings ?: [])) {
      if (finding.state in [null, 'new', 'worse'] && !finding.waiver && !finding.suppressed_by) {
        open[finding.severity] = (open[finding.severity] ?: 0) + 1
      }
    }
  }
  List environments = document.environment ? [document.environment] : (document.environments ?: [])*.name
  return [
    verdict: plain(document.verdict), decision: plain(document.decision ?: 'NO VERDICT'),
    mode: plain(document.mode ?: ''), reason: plain(document.reason ?: ''),
    service: plain(document.service?.name ?: ''), environment: plain(environments.join(' + ')), open: open,
  ]
}

/** The result of the build, and why: one pure function of exit code, record and settings. */
@NonCPS
private Map outcomeOf(int code, Map record, Map given) {
  String decision = record.decision ?: 'NO VERDICT'
  List names = [record.service, record.environment ?: given.environment]
  String where = names.findAll { it }.collect { plain(it) }.join(', ')
  String said = "${decision}${where ? ': ' + where : ''}${record.reason ? ' (' + record.reason + ')' : ''}"
  Map outcome = [
    code: code, decision: decision, service: record.service ?: '', environment: record.environment ?: '',
    title: "${decision}${where ? ': ' + where : ''}".toString(),
  ]
  if (code == 1) {
    String result = given.notReady.toString() == 'unstable' ? 'UNSTABLE' : 'FAILURE'
    return outcome + [result: result, text: "readiness: ${said}".toString()]
  }
  if (code == 2 || code == 3) {
    String what = code == 2 ? 'command line, checklist or waivers are invalid' : 'no verdict could be reached'
    String why = record.reason ?: 'see the log'
    return outcome + [
      decision: 'NO VERDICT', title: "NO VERDICT${where ? ': ' + where : ''}".toString(), result: 'FAILURE',
      text: "readiness: exit code ${code}, ${what}: ${why}".toString(),
    ]
  }
  if (code != 0) {
    return outcome + [
      decision: 'NO VERDICT', title: 'NO VERDICT', result: 'FAILURE',
      text: "readiness: exit code ${code} is none of its own; is it on this agent's PATH, was it killed?".toString(),
    ]
  }
  if (record.verdict != 'pass') {
    return outcome + [
      decision: 'NO VERDICT', title: 'NO VERDICT', result: 'FAILURE',
      text: "readiness: exit code 0, but ${report(given, 'json')} is no record of a pass".toString(),
    ]
  }
  if (record.mode == 'advisory' && !(decision in ['GO', 'GO WITH CONDITIONS'])) {
    return outcome + [result: 'UNSTABLE', text: "readiness: ${said}".toString()]
  }
  if (given.unstableOn) {
    List counted = severities().drop(severities().indexOf(given.unstableOn.toString())).reverse()
    List parts = counted.findAll { record.open[it] }.collect { "${record.open[it]} of severity ${it}" }
    if (parts) {
      String findings = "open findings: ${parts.join(', ')}"
      return outcome + [result: 'UNSTABLE', text: "readiness: ${said}; ${findings}".toString()]
    }
  }
  return outcome + [result: 'SUCCESS', text: "readiness: ${said}".toString()]
}

/** Names come from the evaluated tree: no markup, no control or direction characters, and not endless. */
@NonCPS
private String plain(Object text) {
  String one = text.toString().take(2000).replaceAll(/[^\p{L}\p{M}\p{N}\p{P}\p{Zs}+=$|~^`]|&/, ' ')
  return one.replaceAll(/\s+/, ' ').trim().take(300)
}

// ---- where it is shown

private void describe(Map outcome) {
  String before = currentBuild.description
  currentBuild.description = before ? "${before} · ${outcome.title}".toString() : outcome.title
}

private void publish(Map given, Map outcome) {
  String name = given.environment ? "Readiness ${plain(given.environment)}".toString() : 'Readiness'
  if (fileExists(report(given, 'junit'))) {
    published('junit') {
      junit(testResults: report(given, 'junit'), skipMarkingBuildUnstable: true, allowEmptyResults: true)
    }
  }
  def tool = null
  if (fileExists(report(given, 'warnings-ng'))) {
    tool = 'issues'
  } else if (fileExists(report(given, 'sarif'))) {
    tool = 'sarif'
  }
  if (tool) {
    published('recordIssues') {
      Map about = [pattern: report(given, tool == 'issues' ? 'warnings-ng' : 'sarif'), id: given.id, name: name]
      Map wanted = [tools: [tool == 'issues' ? issues(about) : sarif(about)], enabledForFailure: true, skipBlames: true]
      if (given.path.toString() != '.') { // the files are named from the service's folder, not from the workspace
        wanted.sourceDirectories = [[path: given.path.toString()]]
      }
      recordIssues(wanted)
    }
  }
  if (fileExists("${review(given)}/index.html".toString())) {
    published('publishHTML') {
      publishHTML(target: [
        reportDir: review(given), reportFiles: 'index.html', reportName: name, keepAll: true,
        alwaysLinkToLastBuild: true, allowMissing: true,
      ])
    }
  }
  published('archiveArtifacts') {
    archiveArtifacts(artifacts: "${given.reportDir}/**".toString(), allowEmptyArchive: true, fingerprint: true)
  }
  List missing = []
  for (String format in given.formats) {
    boolean needless = outcome.decision == 'NO VERDICT' && !(format in ['json', 'junit', 'markdown'])
    if (!needless && !fileExists(report(given, format))) {
      missing.add(report(given, format))
    }
  }
  if (missing) {
    echo("readinessGate: not written: ${missing.join(', ')}")
  }
}

/** Publishes one report; that it can't be done is said in the log and never changes the verdict. */
private void published(String step, Closure body) {
  try {
    body()
  } catch (FlowInterruptedException stopped) { // somebody stopped the build
    throw stopped
  } catch (Exception | NoSuchMethodError failed) { // the step's own failure, or its plugin is not installed
    echo("readinessGate: ${step} published nothing: ${plain(failed.message)}")
  }
}
