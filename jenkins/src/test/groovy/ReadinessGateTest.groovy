import org.jenkinsci.plugins.workflow.steps.FlowInterruptedException
import org.junit.Test

/** The step `readinessGate` by itself. */
class ReadinessGateTest extends Build {
  public static final String FOLDER = 'readiness-report/readiness-production'

  String getDescription() {
    binding.getVariable('currentBuild').description
  }

  // ---- exit codes

  @Test
  void pass_lets_the_build_go_on() {
    assert gate() == null
    assert result == 'SUCCESS'
    assert description == 'GO: orders, production'
    assert stepNames == ['junit', 'recordIssues', 'archiveArtifacts'] as Set
  }

  @Test
  void fail_fails_the_build_after_the_reports_are_published() {
    code = 1
    record = FAIL
    assert gate() == 'readiness: NO-GO: orders, production (2 block: 2 failed)'
    assert result == 'FAILURE'
    assert description == 'NO-GO: orders, production'
    assert stepNames == ['junit', 'recordIssues', 'archiveArtifacts'] as Set
  }

  @Test
  void fail_is_unstable_where_the_pipeline_says_so() {
    code = 1
    record = FAIL
    assert gate("fetch: false, notReady: 'unstable'") == null
    assert result == 'UNSTABLE'
    assert description == 'NO-GO: orders, production'
  }

  @Test
  void no_verdict_fails_the_build_whatever_the_pipeline_says() {
    [2, 3].each { int ended ->
      anew()
      code = ended
      record = [schema: 'readiness/verdict/1', verdict: 'error', reason: 'readiness.yaml:3: no such check']
      written = ['json', 'junit', 'markdown']
      String said = gate("environment: 'production', fetch: false, notReady: 'unstable'")
      assert said.startsWith("readiness: exit code ${ended}, ")
      assert said.endsWith(': readiness.yaml:3: no such check')
      assert result == 'FAILURE'
      assert description == 'NO VERDICT: production'
      assert stepNames == ['junit', 'archiveArtifacts'] as Set
      assert !log.any { it.contains('not written') }
    }
  }

  @Test
  void program_that_is_missing_or_killed_fails_the_build() {
    [126, 127, 137].each { int ended ->
      anew()
      code = ended
      record = FAIL
      assert gate("fetch: false, notReady: 'unstable'").contains("exit code ${ended} is none of its own")
      assert result == 'FAILURE'
    }
    anew()
    assert gate("fetch: false, program: '/no/such/program'").contains('exit code 127')
  }

  // ---- the policy and thresholds

  @Test
  void advisory_policy_makes_the_build_unstable_at_most() {
    record = PASS + [mode: 'advisory', decision: 'NO-GO', reason: 'advisory: would fail: 2 block: 2 failed']
    assert gate() == null
    assert result == 'UNSTABLE'
    assert description == 'NO-GO: orders, production'
  }

  @Test
  void advisory_policy_that_would_pass_is_a_success() {
    record = PASS + [mode: 'advisory']
    assert gate() == null
    assert result == 'SUCCESS'
  }

  @Test
  void threshold_counts_open_findings_of_its_severity_and_worse() {
    Map open = [severity: 'warning', state: 'new', waiver: null, suppressed_by: null]
    Map cases = [
      note: [open], warning: [open], error: [], // by threshold: which findings reach it
    ]
    cases.each { String threshold, List reached ->
      anew()
      record = PASS + [outcomes: [[findings: [open]]]]
      assert gate("fetch: false, unstableOn: '${threshold}'") == null
      assert result == (reached ? 'UNSTABLE' : 'SUCCESS')
    }
    [[state: 'existing'], [waiver: [id: 'W-1']], [suppressed_by: 'kube-linter']].each { Map accepted ->
      anew()
      record = PASS + [outcomes: [[findings: [open + accepted]]]]
      assert gate("fetch: false, unstableOn: 'note'") == null
      assert result == 'SUCCESS'
    }
  }

  @Test
  void threshold_never_softens_a_failure() {
    code = 1
    record = FAIL
    assert gate("fetch: false, unstableOn: 'note'") != null
    assert result == 'FAILURE'
  }

  // ---- reports that are not there

  @Test
  void pass_without_a_record_of_it_fails_the_build() {
    [[], ['junit']].each { List reports ->
      anew()
      written = reports
      assert gate().contains('is no record of a pass')
      assert result == 'FAILURE'
    }
    ['{', '[]', '{"schema": "other/1", "verdict": "pass"}'].each { String text ->
      anew()
      rawRecord = text
      assert gate().contains('is no record of a pass')
    }
  }

  @Test
  void missing_reports_are_named_and_the_verdict_stays() {
    written = ['json']
    assert gate() == null
    assert result == 'SUCCESS'
    assert stepNames == ['archiveArtifacts'] as Set
    assert log.any { it.contains("not written: ${FOLDER}/junit.xml, ${FOLDER}/issues.json") }
  }

  @Test
  void reports_of_an_earlier_build_are_not_those_of_this_one() {
    assert gate() == null
    steps.clear()
    written = []
    code = 137
    assert gate().contains('exit code 137')
    assert stepNames == ['archiveArtifacts'] as Set
  }

  @Test
  void other_files_in_the_folder_of_the_reports_stay() {
    File other = new File(workspace, 'build/kept.txt')
    other.parentFile.mkdirs()
    other.text = 'kept'
    assert gate("fetch: false, reportDir: 'build'") == null
    assert other.text == 'kept'
  }

  @Test
  void plugin_that_is_missing_is_said_and_changes_nothing() {
    ['junit', 'recordIssues', 'archiveArtifacts'].each { String step ->
      anew()
      stepFails[step] = new NoSuchMethodError("No such DSL method '${step}' found among steps")
      assert gate() == null
      assert result == 'SUCCESS'
      assert log.any { it.contains("${step} published nothing: No such DSL method") }
      anew()
      code = 1
      record = FAIL
      stepFails[step] = new IOException('disk full')
      assert gate().startsWith('readiness: NO-GO')
    }
  }

  @Test(expected = FlowInterruptedException)
  void build_that_is_stopped_while_it_publishes_stops() {
    stepFails.junit = new FlowInterruptedException()
    gate()
  }

  // ---- what is published

  @Test
  void test_results_leave_the_colour_to_the_verdict() {
    gate()
    assert published('junit') == [
      testResults: "${FOLDER}/junit.xml", skipMarkingBuildUnstable: true, allowEmptyResults: true,
    ]
  }

  @Test
  void issues_have_a_view_of_their_own_for_each_environment() {
    gate()
    assert published('recordIssues').tools == [
      [tool: 'issues', pattern: "${FOLDER}/issues.json", id: 'readiness-production', name: 'Readiness production'],
    ]
    assert published('recordIssues').enabledForFailure // also in a build that failed before
    assert !published('recordIssues').containsKey('sourceDirectories')
    anew()
    gate("fetch: false, path: 'services/orders', formats: ['sarif']")
    assert published('recordIssues').tools*.tool == ['sarif']
    assert published('recordIssues').sourceDirectories == [[path: 'services/orders']]
  }

  @Test
  void launch_review_is_published_where_it_was_written() {
    reviews = true
    code = 1 // which `readiness review` may end with as well
    record = FAIL
    gate()
    assert !log.any { it.contains('no launch review') && !it.startsWith('+') }
    assert published('publishHTML').target.reportDir == "${FOLDER}/review"
    assert published('publishHTML').target.reportFiles == 'index.html'
    assert published('publishHTML').target.allowMissing
  }

  @Test
  void two_environments_of_one_build_do_not_touch_each_other() {
    gate("environment: 'staging', fetch: false")
    gate("environment: 'production', fetch: false")
    assert steps.findAll { it[0] == 'archiveArtifacts' }*.get(1)*.artifacts == [
      'readiness-report/readiness-staging/**', 'readiness-report/readiness-production/**',
    ]
    assert new File(workspace, 'readiness-report/readiness-staging/readiness.json').exists()
    assert description == 'GO: orders, production · GO: orders, production'
  }

  // ---- the command line

  @Test
  void rules_come_from_the_main_branch_or_the_target_of_the_change() {
    gate("fetch: false")
    assert '--policy=origin/main' in arguments
    assert '--require-trusted' in arguments
    binding.setVariable('env', [CHANGE_TARGET: 'release/2'])
    gate("fetch: false")
    assert '--base=origin/release/2' in arguments
    assert !arguments.any { it.startsWith('--policy') }
    gate("fetch: false, policy: 'https://git.example/sre/policy@7'")
    assert '--policy=https://git.example/sre/policy@7' in arguments
    assert !arguments.any { it.startsWith('--base') }
  }

  @Test
  void each_setting_is_one_option() {
    gate('''fetch: false, path: 'services/orders', environment: 'production', base: 'origin/main', policy: 'v7',
      profile: 'standard@1', asOf: '2026-11-24', failOn: 'warning', formats: ['junit'],
      manifests: [production: 'rendered.yaml'], sources: [runbooks: '../runbooks']''')
    assert arguments == [
      'gate', '--require-trusted', '--output', 'terminal',
      '--output', "json=${FOLDER}/readiness.json", '--output', "junit=${FOLDER}/junit.xml",
      '--environment=production', '--base=origin/main', '--policy=v7', '--profile=standard@1', '--as-of=2026-11-24',
      '--fail-on=warning', '--manifests=production=rendered.yaml', '--source=runbooks=../runbooks',
      '--', 'services/orders',
    ]*.toString()
  }

  @Test
  void branch_that_judges_is_fetched_first_and_without_it_there_is_no_verdict() {
    assert gate("environment: 'production'").contains('exit code 3') // the workspace is no repository
    assert !new File(workspace, 'arguments').exists()
    git('init', '-q', 'upstream')
    git('-C', 'upstream', 'commit', '-q', '--allow-empty', '-m', 'one')
    git('-C', 'upstream', 'branch', '-f', 'release/2')
    git('init', '-q', '.')
    git('remote', 'add', 'origin', './upstream')
    assert gate("environment: 'production', base: 'origin/release/2'") == null
    assert git('for-each-ref', '--format=%(refname)') == 'refs/remotes/origin/release/2'
  }

  @Test
  void setting_that_is_wrong_runs_nothing() {
    Map<String, String> wrong = [
      "enviroment: 'production'": "no setting is called 'enviroment'",
      'environment: null': 'environment is empty',
      "policy: ' '": 'policy is empty',
      "failOn: 'fatal'": "failOn is 'fatal'",
      "unstableOn: 'fatal'": "unstableOn is 'fatal'",
      "notReady: 'success'": "notReady is 'success'",
      "fetch: 'no'": 'fetch has the wrong type',
      "formats: 'junit'": 'formats has the wrong type',
      "formats: ['pdf']": "formats has 'pdf'",
      "tokens: ['a b': 'id']": "tokens has 'a b'",
      "reportDir: '/etc'": "reportDir is '/etc'",
      "reportDir: 'a/../../b'": 'reportDir is',
      "reportDir: '.'": 'reportDir is',
      "environment: 'a\\nb'": 'environment holds a control character',
      "policy: 'https://me:hunter2@git.example/p@1'": 'policy holds a password',
    ]
    wrong.each { String settings, String says ->
      anew()
      String said = gate(settings)
      assert said?.startsWith('readinessGate: ') && said.contains(says): settings
      assert !said.contains('hunter2')
      assert !new File(workspace, 'arguments').exists()
      assert result == 'FAILURE'
    }
  }

  // ---- hostile names

  @Test
  void names_reach_the_program_as_they_are_and_nothing_of_them_runs() {
    [
      "x'; touch owned; '", '$(touch owned)', '`touch owned`', 'x && touch owned', '-rf', '--fix', "''", '\\', 'a b',
      '*', '~', '%s%n', '${HOME}',
    ].each { String name ->
      anew()
      binding.setVariable('name', name)
      assert gate('''environment: name, policy: name, profile: name, asOf: name, manifests: [(name): name],
        sources: [(name): name], fetch: false''') == null
      assert "--environment=${name}".toString() in arguments
      assert "--policy=${name}".toString() in arguments
      assert "--manifests=${name}=${name}".toString() in arguments
      assert !new File(workspace, 'owned').exists()
    }
  }

  @Test
  void branch_of_a_hostile_name_is_not_run() {
    binding.setVariable('env', [CHANGE_TARGET: "x';touch owned;'"])
    gate("environment: 'production'")
    assert !new File(workspace, 'owned').exists()
  }

  @Test
  void service_of_a_hostile_name_is_inert_in_the_build_page_and_the_log() {
    String name = '<script>alert(1)</script>\u202e\u0007\u001b[31m\nFinished: SUCCESS' + 'x' * 5000
    code = 1
    record = FAIL + [service: [name: name], reason: name, environment: name]
    String said = gate()
    assert said.startsWith('readiness: NO-GO: script alert(1) /script')
    [said, description].each {
      assert !(it =~ /[<>&\p{Cntrl}\p{Cf}]/)
      assert it.length() < 1500
    }
  }

  @Test
  void folder_of_the_reports_may_not_be_a_link_of_the_evaluated_tree() {
    File outside = File.createTempDir()
    new File(outside, 'readiness.json').text = 'of somebody else'
    java.nio.file.Files.createSymbolicLink(new File(workspace, 'readiness-report').toPath(), outside.toPath())
    assert gate().contains('exit code 3')
    assert outside.list() as List == ['readiness.json']
    outside.deleteDir()
  }

  // ---- credentials

  @Test
  void credentials_are_named_by_id_and_seen_by_the_program_alone() {
    assert gate("fetch: false, credentialsId: 'git-policy', tokens: [BITBUCKET_TOKEN: 'bitbucket-token']") == null
    List<String> seen = new File(workspace, 'environment').readLines('UTF-8')
    assert 'GIT_ASKPASS=hunter2-git' in seen
    assert 'BITBUCKET_TOKEN=hunter2-token' in seen
    assert !arguments.any { it.contains('hunter2') }
    assert !log.any { it.contains('hunter2') }
    assert !steps.toString().contains('hunter2')
  }

  @Test
  void credential_that_is_not_there_fails_the_build() {
    assert gate("fetch: false, credentialsId: 'no-such'").contains("'no-such'")
    assert !new File(workspace, 'arguments').exists()
  }

  // ---- a restart of Jenkins

  @Test
  void step_has_no_state_and_what_it_gives_survives_a_restart() {
    Map given = outcomeOfGate("environment: 'production', fetch: false")
    assert given.decision == 'GO' && given.code == 0
    new ObjectOutputStream(new ByteArrayOutputStream()).writeObject(given)
    Class step = binding.getVariable('readinessGate').getClass()
    assert step.declaredFields.findAll { !it.synthetic && !it.name.startsWith('__') }*.name == []
  }
}
