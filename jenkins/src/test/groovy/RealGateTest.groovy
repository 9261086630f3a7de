import groovy.json.JsonSlurperClassic
import org.junit.Assume
import org.junit.Before
import org.junit.Test

/** The step with `readiness` itself, over the examples: -Dreadiness.program names the program. */
class RealGateTest extends Build {
  @Override
  @Before
  void setUp() {
    Assume.assumeTrue('readiness.program is not set', System.getProperty('program') as boolean)
    super.setUp()
  }

  String judge(String service, String more = '') {
    assert ['cp', '-r', "${ROOT}/examples/${service}/.", workspace.path]*.toString().execute().waitFor() == 0
    git('init', '-q', '.')
    git('add', '--all')
    git('commit', '-q', '-m', 'one')
    git('update-ref', 'refs/remotes/origin/main', 'HEAD')
    return gate("program: '${System.getProperty('program')}', fetch: false, asOf: '2026-11-24'${more}")
  }

  def getVerdict() {
    new JsonSlurperClassic().parse(new File(workspace, 'readiness-report/readiness/readiness.json'))
  }

  @Test
  void service_that_is_ready_passes() {
    assert judge('orders') == null
    assert result == 'SUCCESS'
    assert verdict.trusted
    assert binding.getVariable('currentBuild').description == 'GO: orders, staging + production'
  }

  @Test
  void service_that_is_not_ready_fails_and_its_reports_are_there() {
    assert judge('orders-not-ready') ==~ /readiness: NO-GO: orders, production \(\d+ block: \d+ failed\)/
    assert stepNames.containsAll(['junit', 'recordIssues', 'archiveArtifacts'])
    assert !log.any { it.contains('not written') }
    assert verdict.verdict == 'fail'
  }

  @Test
  void setting_that_readiness_does_not_take_is_exit_code_two_with_its_text() {
    assert judge('orders', ", environment: 'no-such'").contains('exit code 2')
  }

  @Test
  void rules_that_are_not_there_are_no_verdict_with_its_text() {
    assert judge('orders', ", policy: 'no-such-ref'") =~ /exit code [23], .*no-such-ref/
    assert 'junit' in stepNames
  }
}
