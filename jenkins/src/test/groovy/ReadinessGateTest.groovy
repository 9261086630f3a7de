import org.junit.Test

class ReadinessGateTest extends Build {
  @Test
  void pass_lets_the_build_go_on() {
    assert gate() == null
    assert result == 'SUCCESS'
    assert binding.getVariable('currentBuild').description == 'GO: orders, production'
  }
}
