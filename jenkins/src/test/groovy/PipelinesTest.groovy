import org.junit.Test

/** Whole pipelines: the examples, and this repository's own. */
class PipelinesTest extends Build {
  public static final String DECLARATIVE = 'examples/jenkins/declarative/Jenkinsfile'
  public static final String SCRIPTED = 'examples/jenkins/scripted/Jenkinsfile'

  @Override
  void anew() {
    super.anew()
    git('init', '-q', 'upstream')
    git('-C', 'upstream', 'commit', '-q', '--allow-empty', '-m', 'one')
    git('-C', 'upstream', 'branch', '-f', 'main')
    git('init', '-q', '.')
    git('remote', 'add', 'origin', './upstream')
    ['render', 'apply'].each { String name ->
      File program = new File(workspace, "deploy/${name}")
      program.parentFile.mkdirs()
      program.text = "#!/bin/sh\necho '${name}'\n"
      program.setExecutable(true)
    }
    binding.setVariable('env', [BRANCH_NAME: 'main'])
  }

  boolean isDeployed() {
    'apply' in log
  }

  @Test
  void declarative_pipeline_deploys_what_is_ready() {
    assert run(DECLARATIVE) == null
    assert declarative.ran == ['Render', 'Ready for production?', 'Deploy']
    assert '--manifests=production=build/production.yaml' in arguments
    assert '--policy=https://git.example/sre/policy@v12' in arguments
    assert 'GIT_ASKPASS=hunter2-git' in new File(workspace, 'environment').readLines('UTF-8')
    assert deployed
  }

  @Test
  void declarative_pipeline_deploys_nothing_where_the_gate_is_closed() {
    [1, 2, 3].each { int ended ->
      anew()
      code = ended
      record = ended == 1 ? FAIL : [schema: 'readiness/verdict/1', verdict: 'error', reason: 'why']
      assert run(DECLARATIVE).startsWith('readiness: ')
      assert result == 'FAILURE'
      assert declarative.ran == ['Render', 'Ready for production?']
      assert !deployed
      assert 'junit' in stepNames && 'archiveArtifacts' in stepNames
    }
  }

  @Test
  void declarative_pipeline_asks_only_where_it_would_deploy_or_a_change_is_reviewed() {
    binding.setVariable('env', [BRANCH_NAME: 'topic'])
    assert run(DECLARATIVE) == null
    assert declarative.ran == ['Render']
    anew()
    binding.setVariable('env', [BRANCH_NAME: 'PR-7', CHANGE_TARGET: 'main'])
    assert run(DECLARATIVE) == null
    assert declarative.ran == ['Render', 'Ready for production?']
  }

  @Test
  void scripted_pipeline_deploys_what_is_ready() {
    assert run(SCRIPTED) == null
    assert declarative.ran == ['Checkout', 'Ready for staging?', 'Ready for production?', 'Deploy']
    assert 'production: GO' in log
    assert deployed
  }

  @Test
  void scripted_pipeline_stops_at_production_and_not_at_staging() {
    code = 1
    record = FAIL
    assert run(SCRIPTED).startsWith('readiness: NO-GO')
    assert declarative.ran == ['Checkout', 'Ready for staging?', 'Ready for production?']
    assert result == 'FAILURE'
    assert !deployed
  }

  @Test
  void scripted_pipeline_stops_where_there_is_no_verdict_even_at_staging() {
    code = 3
    assert run(SCRIPTED).contains('exit code 3')
    assert declarative.ran == ['Checkout', 'Ready for staging?']
  }

  @Test
  void pipeline_of_the_documentation_runs_as_it_is_printed() {
    String page = new File(ROOT, 'docs/jenkins.md').getText('UTF-8')
    File first = File.createTempFile('documented', '.groovy')
    first.setText((page =~ /(?s)```groovy\n(.*?)```/)[0][1], 'UTF-8')
    code = 1
    record = FAIL
    assert run(first.path) == 'readiness: NO-GO: orders, production (2 block: 2 failed)'
    assert declarative.ran == ['Ready for production?']
    assert 'junit' in stepNames
    first.delete()
  }

  // ---- this repository's own

  void standInsOfTheOwnPipeline() {
    programs = [
      make: 'echo "make $*"; [ "$1" != wheel ] || { mkdir -p dist; touch dist/readiness-1.whl; }',
      python3: '''mkdir -p build/gate/bin; echo '#!/bin/sh' > build/gate/bin/pip; chmod +x build/gate/bin/pip
        cp "$(command -v readiness)" build/gate/bin/readiness''',
    ]
  }

  @Test
  void own_pipeline_uses_the_step_of_the_commit_that_is_built() {
    standInsOfTheOwnPipeline()
    assert run('Jenkinsfile') == null
    assert declarative.ran == ['Test', 'Lint', 'Types', 'Wheel', 'Readiness']
    assert published('library').retriever == 'scm'
    assert '--policy=origin/main' in arguments
    assert '--require-trusted' in arguments
    assert ['make test', 'make lint docs-check', 'make types', 'make wheel'].every { it in log }
  }

  @Test
  void own_pipeline_fails_where_its_gate_is_closed() {
    standInsOfTheOwnPipeline()
    binding.setVariable('env', [BRANCH_NAME: 'PR-7', CHANGE_TARGET: 'main'])
    code = 1
    record = FAIL
    assert run('Jenkinsfile').startsWith('readiness: NO-GO')
    assert '--base=origin/main' in arguments
    assert steps.any { it[0] == 'junit' && it[1].testResults == 'build/readiness/junit.xml' }
  }
}
