// How fast the sandbox answers over loopback, and whether its memory stays flat: single reads, updates, batches of 100
// reads, over a few connections, server and client in one thread of one process.
// build/release/tests/bench/sandbox_bench [REQUESTS]: so many of each kind (default 20000; a batch counts as 100).
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "dualwrite/async/clock.hpp"
#include "dualwrite/async/signal.hpp"
#include "dualwrite/async/task_group.hpp"
#include "dualwrite/http/client.hpp"
#include "dualwrite/http/token_source.hpp"
#include "dualwrite/sandbox/sandbox.hpp"

namespace dualwrite::sandbox {
namespace {

constexpr std::size_t connections = 4;
constexpr std::size_t rows = 1000;
constexpr std::size_t batch_parts = 100;
constexpr std::chrono::milliseconds limit{30000};
const std::string root = "/api/data/v9.2/";

double resident_megabytes() {
  std::ifstream in("/proc/self/statm");
  std::size_t size = 0;
  std::size_t resident = 0;
  in >> size >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1e6;
}

/// Makes request number i.
using Make = std::function<http::Request(std::size_t)>;

class Bench {
 public:
  Bench(Executor executor, std::size_t count)
      : executor_(executor), count_(count), sandbox_(executor, clock_, settings()), done_(executor) {}

  Task<void> run() {
    sandbox_.start();
    const Urls urls = sandbox_.urls();
    http::ClientCredentials credentials;
    credentials.token_url = urls.token;
    credentials.client_id = "dualwrite";
    credentials.client_secret = Secret("sandbox-secret");
    credentials.scope = urls.dataverse + "/.default";
    const std::string token_origin = urls.token.substr(0, urls.token.find('/', 8));
    auto tokens = http::make_token_source(executor_, clock_, credentials, http::make_client(executor_, token_origin));
    const auto token = co_await tokens->token();
    token_ = token.value();
    client_ = http::make_client(executor_, urls.dataverse);
    {
      TaskGroup tasks(executor_, [](const std::string& name, const std::string& what) {
        std::fprintf(stderr, "%s: %s\n", name.c_str(), what.c_str());
        std::exit(1);
      });
      co_await measure(tasks, "POST", rows, [this](std::size_t i) { return creation(i); });
      co_await measure(tasks, "GET", count_, [this](std::size_t i) { return reading(i); });
      co_await measure(tasks, "PATCH", count_, [this](std::size_t i) { return update(i); });
      co_await measure(tasks, "$batch of 100 GET", count_ / batch_parts, [this](std::size_t i) { return batch(i); });
      co_await tasks.join(limit);
    }
    co_await sandbox_.stop();
  }

 private:
  static SandboxSettings settings() {
    SandboxSettings settings;
    settings.dataverse_port = 0;
    settings.finops_port = 0;
    settings.token_port = 0;
    return settings;
  }
  static std::string key(std::size_t i) {
    char text[40];
    std::snprintf(text, sizeof text, "00000000-0000-4000-8000-%012zu", i % rows);
    return text;
  }
  http::Request made(std::string method, std::string target, std::string body) const {
    http::Request request(std::move(method), std::move(target), {}, std::move(body));
    request.headers.add("Authorization", "Bearer " + token_);
    if (!request.body.empty()) request.headers.add("Content-Type", "application/json");
    return request;
  }
  http::Request creation(std::size_t i) const {
    return made("POST", root + "accounts",
                R"({"accountid":")" + key(i) + R"(","name":"Account","accountnumber":")" + std::to_string(i) +
                    R"(","telephone1":"555-0100","creditlimit":1000.50})");
  }
  http::Request reading(std::size_t i) const {
    return made("GET", root + "accounts(" + key(i) + ")?$select=name,accountnumber,telephone1,modifiedon", "");
  }
  http::Request update(std::size_t i) const {
    return made("PATCH", root + "accounts(" + key(i) + ")", R"({"name":"Account )" + std::to_string(i) + "\"}");
  }
  http::Request batch(std::size_t i) const {
    std::string body;
    for (std::size_t part = 0; part < batch_parts; ++part) {
      body += "--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\nGET " + root +
              "accounts(" + key(i * batch_parts + part) +
              ")?$select=name HTTP/1.1\r\nAccept: application/json\r\n\r\n\r\n";
    }
    http::Request request = made("POST", root + "$batch", "");
    request.body = body + "--b--\r\n";
    request.headers.add("Content-Type", "multipart/mixed; boundary=b");
    return request;
  }

  Task<void> measure(TaskGroup& tasks, std::string name, std::size_t count, Make make) {
    next_ = 0;
    ended_ = 0;
    const auto from = std::chrono::steady_clock::now();
    const std::clock_t cpu_from = std::clock();
    const double before = resident_megabytes();
    for (std::size_t i = 0; i < connections; ++i) {
      tasks.spawn(name, [this, count, &make] { return work(count, make); });
    }
    while (ended_ < connections) {
      co_await done_.wait();
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - from).count();
    const double cpu_micros = static_cast<double>(std::clock() - cpu_from) * 1e6 / CLOCKS_PER_SEC;
    std::printf("%-18s %8zu requests %9.0f /s %8.1f us of CPU each (both ends)   resident %6.1f -> %6.1f MB\n",
                name.c_str(), count, static_cast<double>(count) / seconds, cpu_micros / static_cast<double>(count),
                before, resident_megabytes());
    std::fflush(stdout);
  }

  Task<void> work(std::size_t count, const Make& make) {
    while (next_ < count) {
      http::Request request = make(next_++);
      const auto answer = co_await client_->send(std::move(request), limit);
      if (!answer || answer->status >= 300) {
        std::fprintf(stderr, "%s\n", answer ? answer->body.c_str() : answer.error().message().c_str());
        std::exit(1);
      }
    }
    ++ended_;
    done_.notify();
  }

  Executor executor_;
  std::size_t count_;
  SystemClock clock_;
  Sandbox sandbox_;
  Signal done_;
  std::string token_;
  std::unique_ptr<http::Transport> client_;
  std::size_t next_ = 0;
  std::size_t ended_ = 0;
};

}  // namespace
}  // namespace dualwrite::sandbox

int main(int argc, char** argv) {
  const std::size_t count = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 20000;
  boost::asio::io_context context(1);
  dualwrite::TaskGroup main_task(context.get_executor(), [](const std::string&, const std::string& what) {
    std::fprintf(stderr, "%s\n", what.c_str());
    std::exit(1);
  });
  dualwrite::sandbox::Bench bench(context.get_executor(), count);
  main_task.spawn("bench", [&bench] { return bench.run(); });
  context.run();
}
