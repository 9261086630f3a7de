import static com.lesfurets.jenkins.unit.global.lib.LibraryConfiguration.library

import com.lesfurets.jenkins.unit.cps.BasePipelineTestCPS
import com.lesfurets.jenkins.unit.global.lib.SourceRetriever
import groovy.json.JsonOutput
import org.junit.After
import org.junit.Before

/**
 * A build of a pipeline in a workspace of its own.
 *
 * Scripts are run by a real shell, as Jenkins runs them (`sh -xe`). `readiness` is a stand-in that writes down its
 * arguments and its environment, leaves the reports that the test asks for, and ends with the exit code of the test.
 */
abstract class Build extends BasePipelineTestCPS {
  static class Failed extends Exception {
    Failed(String message) {
      super(message)
    }
  }

  static final File ROOT = new File(System.getProperty('repository')).canonicalFile
  static final Map PASS = [
    schema: 'readiness/verdict/1', verdict: 'pass', decision: 'GO', mode: 'enforce', reason: '8 hold, nothing blocks',
    service: [name: 'orders'], environment: 'production', outcomes: [],
  ]
  static final Map FAIL = PASS + [verdict: 'fail', decision: 'NO-GO', reason: '2 block: 2 failed']

  File workspace
  int code
  Map record
  List written
  String result
  List<String> log
  List<List> steps
  Map<String, String> secrets
  Map<String, String> shellEnvironment
  Set<String> pluginsMissing

  @Override
  @Before
  void setUp() {
    super.setUp()
    workspace = File.createTempDir()
    code = 0
    record = PASS
    written = ['json', 'junit', 'warnings-ng', 'sarif', 'markdown']
    result = 'SUCCESS'
    log = []
    steps = []
    secrets = ['git-policy': 'hunter2-git', 'bitbucket-token': 'hunter2-token']
    shellEnvironment = [:]
    pluginsMissing = []
    helper.registerSharedLibrary(
      library().name('readiness').defaultVersion('main').targetPath('unused').allowOverride(true).implicit(true)
        .retriever({ name, version, path -> [ROOT.toURI().toURL()] } as SourceRetriever).build()
    )
    binding.setVariable('currentBuild', [description: null, result: null, currentResult: 'SUCCESS'])
    binding.setVariable('env', [:])
    binding.setVariable('scm', 'scm')
    registerSteps()
    new Declarative(helper, this).register()
  }

  @After
  void removeWorkspace() {
    workspace.deleteDir()
  }

  private void registerSteps() {
    helper.registerAllowedMethod('sh', [Map]) { Map asked -> shell(asked.script, asked.returnStatus) }
    helper.registerAllowedMethod('sh', [String]) { String script -> shell(script, false) }
    helper.registerAllowedMethod('echo', [String]) { String text -> log.add(text) }
    helper.registerAllowedMethod('fileExists', [String]) { String name -> new File(workspace, name).exists() }
    helper.registerAllowedMethod('readFile', [Map]) { Map asked -> new File(workspace, asked.file).getText('UTF-8') }
    helper.registerAllowedMethod('error', [String]) { String text ->
      result = 'FAILURE'
      throw new Failed(text)
    }
    helper.registerAllowedMethod('unstable', [String]) { String text ->
      log.add(text)
      result = 'UNSTABLE'
    }
    for (name in ['junit', 'recordIssues', 'archiveArtifacts', 'publishHTML']) {
      String step = name
      helper.registerAllowedMethod(step, [Map]) { Map asked ->
        if (step in pluginsMissing) {
          throw new NoSuchMethodError("No such DSL method '${step}' found among steps")
        }
        steps.add([step, asked])
      }
    }
    helper.registerAllowedMethod('issues', [Map]) { Map asked -> [tool: 'issues'] + asked }
    helper.registerAllowedMethod('sarif', [Map]) { Map asked -> [tool: 'sarif'] + asked }
    helper.registerAllowedMethod('gitUsernamePassword', [Map]) { Map asked -> [kind: 'git'] + asked }
    helper.registerAllowedMethod('string', [Map]) { Map asked -> [kind: 'string'] + asked }
    helper.registerAllowedMethod('withCredentials', [List, Closure]) { List bound, Closure body ->
      for (one in bound) {
        if (!secrets.containsKey(one.credentialsId)) {
          throw new Failed("Could not find credentials entry with ID '${one.credentialsId}'")
        }
        shellEnvironment[one.kind == 'git' ? 'GIT_ASKPASS' : one.variable] = secrets[one.credentialsId]
      }
      def given = helper.callClosure(body)
      shellEnvironment.clear()
      return given
    }
    for (name in ['node', 'stage', 'dir']) {
      helper.registerAllowedMethod(name, [String, Closure]) { String label, Closure body -> helper.callClosure(body) }
    }
    helper.registerAllowedMethod('node', [Closure]) { Closure body -> helper.callClosure(body) }
    helper.registerAllowedMethod('checkout', [Object]) { Object source -> steps.add(['checkout', source]) }
    helper.registerAllowedMethod('library', [Map]) { Map asked -> steps.add(['library', asked]) }
    helper.registerAllowedMethod('legacySCM', [Object]) { Object source -> source }
  }

  /** Runs `script` as Jenkins does, in the workspace; the stand-in is first on PATH. */
  private Object shell(String script, Boolean returnStatus) {
    File bin = new File(workspace.parentFile, "${workspace.name}-bin")
    bin.mkdirs()
    standIn(new File(bin, 'readiness'))
    File scriptFile = new File(bin, 'script.sh')
    scriptFile.setText(script, 'UTF-8')
    List<String> command = ['/bin/sh', '-xe', scriptFile.path]
    ProcessBuilder builder = new ProcessBuilder(command).directory(workspace).redirectErrorStream(true)
    builder.environment().putAll(shellEnvironment + [PATH: "${bin.path}:${System.getenv('PATH')}".toString()])
    Process process = builder.start()
    log.addAll(process.inputStream.getText('UTF-8').readLines())
    int ended = process.waitFor()
    bin.deleteDir()
    if (returnStatus) {
      return ended
    }
    if (ended) {
      throw new Failed("script returned exit code ${ended}")
    }
    return null
  }

  private void standIn(File program) {
    String texts = written.contains('json') && record != null ? JsonOutput.toJson(record) : ''
    new File(program.parentFile, 'record').setText(texts, 'UTF-8')
    program.setText("""#!/bin/sh
      if [ "\$1" = review ]; then exit 2; fi
      for word in "\$@"; do printf '%s\\n' "\$word"; done > arguments
      env > environment
      for word in "\$@"; do
        case "\$word" in ${written.collect { "${it}=*" }.join('|') ?: 'none=*'})
          if [ "\${word%%=*}" = json ]; then cp '${program.parent}/record' "\${word#*=}"; else echo x > "\${word#*=}"; fi;;
        esac
      done
      exit ${code}
      """.stripIndent(), 'UTF-8')
    program.setExecutable(true)
  }

  /** Calls the step from a scripted pipeline; gives the text of its failure, or nothing. */
  String gate(String settings = "environment: 'production', fetch: false") {
    File pipeline = new File(workspace.parentFile, "${workspace.name}.groovy")
    pipeline.setText("def execute() { return readinessGate(${settings}) }\nreturn this\n", 'UTF-8')
    try {
      helper.loadScript(pipeline.path, binding).execute()
      return null
    } catch (Failed failed) {
      return failed.message
    } finally {
      pipeline.delete()
    }
  }

  List<String> getArguments() {
    new File(workspace, 'arguments').readLines('UTF-8')
  }

  Map published(String step) {
    List found = steps.findAll { it[0] == step }
    assert found.size() == 1: "${step} was called ${found.size()} times"
    return found[0][1]
  }

  Set<String> getStepNames() {
    steps.collect { it[0] } as Set
  }
}
