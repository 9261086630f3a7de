/** TBD */
class Declarative {
  Declarative(Object helper, Object build) {}
  void register() {}
}
