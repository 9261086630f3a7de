/**
 * As much of a declarative pipeline as a test of one needs; this version of the framework knows scripted ones only.
 *
 * Stages run in order. The first that fails ends them; `post` of each stage that began, and of the pipeline, still
 * runs, as in Jenkins. `when` is judged; what describes the build (agent, options, …) is not run.
 */
class Declarative {
  private final Build build
  final List<Map> open = [] // the pipeline and the stages that are running, outermost first
  final List<String> ran = [] // names of stages whose steps began
  private List<Boolean> alternatives

  Declarative(Build build) {
    this.build = build
  }

  void register() {
    Declarative here = this
    Build test = build
    def allow = { String name, List<Class> types, Closure does -> test.helper.registerAllowedMethod(name, types, does) }
    allow('pipeline', [Closure]) { Closure body -> here.block(null, body) }
    allow('stages', [Closure]) { Closure body -> test.helper.callClosure(body) }
    allow('stage', [String, Closure]) { String name, Closure body -> here.stage(name, body) }
    allow('steps', [Closure]) { Closure body -> here.steps(body) }
    allow('script', [Closure]) { Closure body -> test.helper.callClosure(body) }
    allow('post', [Closure]) { Closure body -> here.open.last().post = body }
    allow('when', [Closure]) { Closure body -> test.helper.callClosure(body) }
    allow('branch', [String]) { String name -> here.holds(test.binding.getVariable('env').BRANCH_NAME == name) }
    allow('anyOf', [Closure]) { Closure body -> here.anyOf(body) }
    allow('changeRequest', []) { -> here.holds(test.binding.getVariable('env').CHANGE_TARGET != null) }
    allow('expression', [Closure]) { Closure body -> here.holds(test.helper.callClosure(body) as boolean) }
    ['agent', 'options', 'environment', 'parameters', 'triggers'].each { String name ->
      allow(name, [Closure]) { Closure body -> }
    }
    allow('agent', [String]) { String which -> }
    test.binding.setVariable('any', 'any')
    [always: ['SUCCESS', 'UNSTABLE', 'FAILURE'], success: ['SUCCESS'], unstable: ['UNSTABLE'], failure: ['FAILURE'],
     unsuccessful: ['UNSTABLE', 'FAILURE']].each { String name, List<String> results ->
      allow(name, [Closure]) { Closure body ->
        if (test.result in results) {
          test.helper.callClosure(body)
        }
      }
    }
  }

  def stage(String name, Closure body) {
    if (!open) { // a scripted pipeline
      ran.add(name)
      return build.helper.callClosure(body)
    }
    if (!open.first().failure) {
      block(name, body)
    }
  }

  /** One condition of `when`: all have to hold, or one of those in `anyOf`. */
  void holds(boolean condition) {
    if (alternatives != null) {
      alternatives.add(condition)
    } else {
      open.last().wanted &= condition
    }
  }

  void anyOf(Closure body) {
    alternatives = []
    build.helper.callClosure(body)
    boolean one = alternatives.any()
    alternatives = null
    holds(one)
  }

  void block(String name, Closure body) {
    open.add([name: name, wanted: true, post: null, failure: null])
    Map mine = open.last()
    try {
      build.helper.callClosure(body)
    } catch (Exception failed) {
      mine.failure = mine.failure ?: failed
    }
    if (mine.wanted && mine.post) {
      build.helper.callClosure(mine.post)
    }
    open.remove(open.size() - 1)
    if (mine.failure && open) {
      open.each { it.failure = it.failure ?: mine.failure }
    } else if (mine.failure) {
      throw mine.failure
    }
  }

  void steps(Closure body) {
    Map mine = open.last()
    if (mine.wanted) {
      ran.add(mine.name)
      try {
        build.helper.callClosure(body)
      } catch (Exception failed) {
        mine.failure = failed
        build.ended('FAILURE')
      }
    }
  }
}
