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

  public static final File ROOT = new File(System.getProperty('repository')).canonicalFile
  public static final Map PASS = [
    schema: 'readiness/verdict/1', verdict: 'pass', decision: 'GO', mode: 'enforce', reason: '8 hold, nothing blocks',
    service: [name: 'orders'], environment: 'production', outcomes: [],
  ]
  public static final Map FAIL = PASS + [verdict: 'fail', decision: 'NO-GO', reason: '2 block: 2 failed']

  File workspace
  int code
  Map record
  String rawRecord // in place of `record`, as it is
  List written
  boolean reviews
  Map<String, String> programs // further stand-ins: what they do
  String result
  List<String> log
  List<List> steps
  Map<String, String> secrets
  Map<String, String> shellEnvironment
  Map<String, Throwable> stepFails
  Declarative declarative

  @Override
  @Before
  void setUp() {
    super.setUp()
    helper.registerSharedLibrary(
      library().name('readiness').defaultVersion('main').targetPath('unused').allowOverride(true).implicit(true)
        .retriever({ name, version, path -> [ROOT.toURI().toURL()] } as SourceRetriever).build()
    )
    binding.setVariable('scm', 'scm')
    registerSteps()
    declarative = new Declarative(this)
    declarative.register()
    anew()
  }

  /** Another build in a workspace of its own; what the framework compiled is kept. */
  void anew() {
    workspace?.deleteDir()
    workspace = File.createTempDir()
    code = 0
    record = PASS
    rawRecord = null
    reviews = false
    programs = [:]
    written = ['json', 'junit', 'warnings-ng', 'sarif', 'markdown']
    result = 'SUCCESS'
    log = []
    steps = []
    secrets = ['git-policy': 'hunter2-git', 'bitbucket-token': 'hunter2-token']
    shellEnvironment = [:]
    stepFails = [:]
    declarative.ran.clear()
    binding.setVariable('currentBuild', [description: null, result: null, currentResult: 'SUCCESS'])
    binding.setVariable('env', [:])
  }

  @After
  void removeWorkspace() {
    workspace?.deleteDir() // there is none where a test was left out
  }

  // The framework lets stand-ins of steps look names up in the pipeline first: hence `test`.
  private void registerSteps() {
    Build test = this
    def allow = { String name, List<Class> types, Closure does -> test.helper.registerAllowedMethod(name, types, does) }
    allow('sh', [Map]) { Map asked -> test.shell(asked.script, asked.returnStatus) }
    allow('sh', [String]) { String script -> test.shell(script, false) }
    allow('echo', [String]) { String text -> test.log.add(text) }
    allow('fileExists', [String]) { String name -> new File(test.workspace, name).exists() }
    allow('readFile', [Map]) { Map asked -> new File(test.workspace, asked.file).getText('UTF-8') }
    allow('error', [String]) { String text ->
      test.ended('FAILURE')
      throw new Failed(text)
    }
    allow('unstable', [String]) { String text ->
      test.log.add(text)
      test.ended('UNSTABLE')
    }
    ['junit', 'recordIssues', 'archiveArtifacts', 'publishHTML'].each { String step ->
      allow(step, [Map]) { Map asked -> test.publish(step, asked) }
    }
    ['issues', 'sarif'].each { String tool -> allow(tool, [Map]) { Map asked -> [tool: tool] + asked } }
    allow('gitUsernamePassword', [Map]) { Map asked -> [variable: 'GIT_ASKPASS'] + asked }
    allow('string', [Map]) { Map asked -> asked }
    allow('withCredentials', [List, Closure]) { List bound, Closure body ->
      bound.each { test.shellEnvironment[it.variable] = test.secretOf(it.credentialsId) }
      def given = test.helper.callClosure(body)
      test.shellEnvironment.clear()
      return given
    }
    allow('node', [String, Closure]) { String label, Closure body -> test.helper.callClosure(body) }
    allow('checkout', [Object]) { Object source -> test.steps.add(['checkout', source]) }
    allow('library', [Map]) { Map asked -> test.steps.add(['library', asked]) }
    allow('legacySCM', [Object]) { Object source -> source }
  }

  void publish(String step, Map asked) {
    if (stepFails[step]) {
      throw stepFails[step]
    }
    steps.add([step, asked])
  }

  void ended(String how) {
    if (!(result == 'FAILURE')) { // a result only gets worse
      result = how
      binding.getVariable('currentBuild').currentResult = how
    }
  }

  String secretOf(String id) {
    if (!secrets.containsKey(id)) {
      throw new Failed("Could not find credentials entry with ID '${id}'")
    }
    return secrets[id]
  }

  /** Runs `script` as Jenkins does, in the workspace; the stand-in is first on PATH. */
  Object shell(String script, Boolean returnStatus) {
    File bin = new File(workspace.parentFile, "${workspace.name}-bin")
    bin.mkdirs()
    standIn(new File(bin, 'readiness'))
    programs.each { String name, String text ->
      File program = new File(bin, name)
      program.setText("#!/bin/sh\n${text}\n", 'UTF-8')
      program.setExecutable(true)
    }
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
    new File(program.parentFile, 'record').setText(rawRecord ?: JsonOutput.toJson(record), 'UTF-8')
    String reports = written.collect { "${it}=*" }.join('|') ?: 'none'
    program.setText("""#!/bin/sh
      if [ "\$1" = review ]; then
        [ ${reviews} = true ] || exit 2
        [ "\$2" != --help ] || exit 0
        mkdir "\$4" && echo x > "\$4/index.html"
        exit ${code}
      fi
      for word in "\$@"; do printf '%s\\n' "\$word"; done > arguments
      env > environment
      for word in "\$@"; do
        case "\$word" in
          json=*) [ ${'json' in written} = false ] || cp '${program.parent}/record' "\${word#*=}";;
          ${reports}) echo x > "\${word#*=}";;
        esac
      done
      exit ${code}
      """.stripIndent(), 'UTF-8')
    program.setExecutable(true)
  }

  /** Calls the step from a scripted pipeline; gives the text of its failure, or nothing. */
  String gate(String settings = "environment: 'production', fetch: false") {
    try {
      outcomeOfGate(settings)
      return null
    } catch (Failed failed) {
      return failed.message
    }
  }

  def outcomeOfGate(String settings) {
    // A name of its own for each: the framework remembers scripts by name.
    File pipeline = File.createTempFile('pipeline', '.groovy')
    pipeline.setText("def execute() { return readinessGate(${settings}) }\nreturn this\n", 'UTF-8')
    try {
      return helper.runScript(pipeline.path, binding).execute()
    } finally {
      pipeline.delete()
    }
  }

  /** Runs a Jenkinsfile, by its path in this repository; gives the text of its failure, or nothing. */
  String run(String jenkinsfile) {
    try {
      helper.runScript(ROOT.toPath().resolve(jenkinsfile).toString(), binding)
      return null
    } catch (Failed failed) {
      return failed.message
    }
  }

  String git(String... words) {
    List<String> command = ['git', '-c', 'user.name=x', '-c', 'user.email=x@example.org'] + (words as List)
    Process process = new ProcessBuilder(command).directory(workspace).redirectErrorStream(true).start()
    String said = process.inputStream.text.trim()
    assert process.waitFor() == 0: said
    return said
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
