// Verbs whose room is not part of this build say so.
#include <cstdio>

#include "app/exit_status.hpp"
#include "app/sandbox_options.hpp"
#include "app/serve.hpp"
#include "dualwrite/demo/demo.hpp"

namespace {

[[maybe_unused]] int missing(const char* verb) {
  std::fprintf(stderr, "error: this build has no `dualwrite %s`\n", verb);
  return dualwrite::app::exit_usage;
}

}  // namespace

#ifdef DUALWRITE_WITHOUT_SERVE
int dualwrite::app::run_serve(const ServeOptions&) {
  return missing("serve");
}
#endif
#ifdef DUALWRITE_WITHOUT_SANDBOX
int dualwrite::app::run_sandbox(const SandboxOptions&) {
  return missing("sandbox");
}
#endif
#ifdef DUALWRITE_WITHOUT_DEMO
int dualwrite::demo::run_demo(const DemoOptions&) {
  return missing("demo");
}
#endif
