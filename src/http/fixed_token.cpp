// Credentials that no token service stands behind.
#include "dualwrite/http/token_source.hpp"
#include "http/client_assertion.hpp"

namespace dualwrite::http {
namespace {

class FixedToken final : public TokenSource {
 public:
  explicit FixedToken(Secret header) : header_(std::move(header)) {}
  Task<Result<std::string>> token() override { co_return std::string(); }
  void refused(const std::string&) override {}
  [[nodiscard]] std::string authorization(const std::string&) const override { return header_.reveal(); }

 private:
  Secret header_;
};

}  // namespace

std::unique_ptr<TokenSource> make_fixed_bearer(const Secret& token) {
  return std::make_unique<FixedToken>(Secret("Bearer " + token.reveal()));
}

std::unique_ptr<TokenSource> make_basic(const std::string& user, const Secret& password) {
  return std::make_unique<FixedToken>(Secret("Basic " + base64(user + ":" + password.reveal())));
}

std::unique_ptr<TokenSource> make_no_token() {
  return std::make_unique<FixedToken>(Secret());
}

}  // namespace dualwrite::http
