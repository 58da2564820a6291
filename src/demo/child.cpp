#include "demo/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

namespace dualwrite::demo {
namespace {

constexpr std::chrono::milliseconds look_again{20};
constexpr int patience_ms = 10'000;
constexpr std::size_t tail_bytes = 2000;

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<std::string> environment_with(const std::map<std::string, std::string>& more) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (!more.contains(text.substr(0, text.find('=')))) all.push_back(text);
  }
  for (const auto& [name, value] : more) all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

/// Between fork and exec only what is safe after a fork: no allocation, no locks.
[[noreturn]] void become(char* const* arguments, char* const* environment, int out, int error, int parent) {
  setpgid(0, 0);  // a terminal's Ctrl-C reaches only the demo, which then ends its children in order
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 || dup2(error, STDERR_FILENO) < 0)
    _exit(127);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execve(arguments[0], arguments, environment);
  _exit(127);
}

/// Waits for the end of the process, up to the limit; true if it has ended (it is not reaped yet).
bool ended_within(int pid, int limit_ms) noexcept {
  const int descriptor = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  if (descriptor < 0) return errno == ESRCH;
  pollfd watched{descriptor, POLLIN, 0};
  int ready = poll(&watched, 1, limit_ms);
  while (ready < 0 && errno == EINTR) ready = poll(&watched, 1, limit_ms);
  close(descriptor);
  return ready > 0;
}

}  // namespace

Child::Child(std::string name, int pid, std::string out_file, std::string error_file)
    : name_(std::move(name)), pid_(pid), out_file_(std::move(out_file)), error_file_(std::move(error_file)) {}

Child::Child(Child&& from) noexcept
    : name_(std::move(from.name_)),
      pid_(std::exchange(from.pid_, 0)),
      status_(from.status_),
      out_file_(std::move(from.out_file_)),
      error_file_(std::move(from.error_file_)) {}

Child& Child::operator=(Child&& from) noexcept {
  if (this == &from) return *this;
  stop();
  name_ = std::move(from.name_);
  pid_ = std::exchange(from.pid_, 0);
  status_ = from.status_;
  out_file_ = std::move(from.out_file_);
  error_file_ = std::move(from.error_file_);
  return *this;
}

Child::~Child() {
  stop();
}

Result<Child> Child::start(std::string name, const std::vector<std::string>& arguments,
                           const std::map<std::string, std::string>& environment, const std::string& directory) {
  const std::string out_file = directory + "/" + name + ".out";
  const std::string error_file = directory + "/" + name + ".err";
  const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
  const int out = open(out_file.c_str(), flags, 0600);
  const int error = open(error_file.c_str(), flags, 0600);
  std::vector<std::string> argument_texts = arguments;
  std::vector<std::string> environment_texts = environment_with(environment);
  const std::vector<char*> argument_pointers = pointers(argument_texts);
  const std::vector<char*> environment_pointers = pointers(environment_texts);
  const int parent = getpid();
  const int pid = out < 0 || error < 0 ? -1 : fork();
  if (pid == 0) become(argument_pointers.data(), environment_pointers.data(), out, error, parent);
  const int problem = errno;
  if (out >= 0) close(out);
  if (error >= 0) close(error);
  if (pid < 0) return fail(Errc::unavailable, "starting the " + name + ": " + std::strerror(problem));
  return Child(std::move(name), pid, out_file, error_file);
}

bool Child::running() noexcept {
  if (pid_ == 0) return false;
  if (waitpid(pid_, &status_, WNOHANG) == 0) return true;
  pid_ = 0;
  return false;
}

std::string Child::ending() const {
  if (pid_ != 0) return name_ + " is running";
  if (WIFSIGNALED(status_)) return name_ + " was ended by signal " + std::to_string(WTERMSIG(status_));
  return name_ + " ended with status " + std::to_string(WEXITSTATUS(status_));
}

void Child::stop() noexcept {
  if (!running()) return;
  kill(pid_, SIGTERM);
  if (!ended_within(pid_, patience_ms)) kill(pid_, SIGKILL);
  reap();
}

void Child::crash() noexcept {
  if (!running()) return;
  kill(pid_, SIGKILL);
  reap();
}

void Child::reap() noexcept {
  while (waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {
  }
  pid_ = 0;
}

std::string Child::stderr_tail() const {
  std::string text = read_file(error_file_);
  if (text.size() > tail_bytes) text.erase(0, text.size() - tail_bytes);
  return text;
}

Task<Result<std::string>> Child::first_line(Clock& clock, std::chrono::milliseconds limit) {
  const auto end = clock.elapsed() + limit;
  while (true) {
    const bool alive = running();
    const std::string text = read_file(out_file_);
    const auto line_end = text.find('\n');
    if (line_end != std::string::npos) co_return text.substr(0, line_end);
    if (!alive) co_return fail(Errc::unavailable, "starting the " + name_ + ": " + ending() + ": " + stderr_tail());
    if (clock.elapsed() > end) {
      co_return fail(Errc::unavailable,
                     "starting the " + name_ + ": it did not say that it is ready: " + stderr_tail());
    }
    co_await clock.sleep(look_again);
  }
}

}  // namespace dualwrite::demo
