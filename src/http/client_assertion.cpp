#include "http/client_assertion.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <array>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <vector>

#include "dualwrite/base/uuid.hpp"

namespace dualwrite::http {
namespace {

using nlohmann::json;

constexpr std::chrono::seconds lifetime{600};
/// The token service's clock may be behind ours.
constexpr std::chrono::seconds clock_slack{60};

template <auto free>
struct Free {
  template <class T>
  void operator()(T* what) const {
    free(what);
  }
};
using Bio = std::unique_ptr<BIO, Free<&BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Free<&X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<&EVP_PKEY_free>>;
using Context = std::unique_ptr<EVP_MD_CTX, Free<&EVP_MD_CTX_free>>;

Bio reading(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

int no_passphrase(char*, int, int, void*) {
  return 0;
}

std::string encoded(std::string_view bytes, const char* alphabet, bool padded) {
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    std::uint32_t group = 0;
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - at);
    for (std::size_t i = 0; i < 3; ++i) {
      group = group << 8U | (i < count ? static_cast<unsigned char>(bytes[at + i]) : 0U);
    }
    for (std::size_t i = 0; i <= 3; ++i) {
      if (i <= count) {
        out += alphabet[group >> (18U - 6U * i) & 63U];
      } else if (padded) {
        out += '=';
      }
    }
  }
  return out;
}

std::string digest_of(const X509& certificate, const EVP_MD* algorithm) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  if (X509_digest(&certificate, algorithm, bytes.data(), &size) != 1) throw std::invalid_argument("no digest");
  return {reinterpret_cast<const char*>(bytes.data()), size};
}

}  // namespace

std::string base64url(std::string_view bytes) {
  return encoded(bytes, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", false);
}

std::string base64(std::string_view bytes) {
  return encoded(bytes, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", true);
}

struct AssertionSigner::State {
  Key key;
  bool pss = true;
  std::string header;  ///< of every assertion, encoded
};

AssertionSigner::AssertionSigner(const ClientCertificate& certificate) : state_(std::make_unique<State>()) {
  const Bio certificate_text = reading(certificate.certificate);
  const Certificate x509(PEM_read_bio_X509(certificate_text.get(), nullptr, no_passphrase, nullptr));
  if (!x509) throw std::invalid_argument("the client certificate is no X.509 certificate in PEM form");
  const Bio key_text = reading(certificate.private_key.reveal());
  state_->key.reset(PEM_read_bio_PrivateKey(key_text.get(), nullptr, no_passphrase, nullptr));
  if (!state_->key) {
    throw std::invalid_argument("the client certificate's key is no private key in PEM form without a passphrase");
  }
  if (EVP_PKEY_base_id(state_->key.get()) != EVP_PKEY_RSA) {
    throw std::invalid_argument("the client certificate's key is not an RSA key");
  }
  if (X509_check_private_key(x509.get(), state_->key.get()) != 1) {
    throw std::invalid_argument("the client certificate and the private key do not belong together");
  }
  state_->pss = certificate.algorithm == AssertionAlgorithm::ps256;
  json header = {{"typ", "JWT"}};
  if (state_->pss) {
    header["alg"] = "PS256";
    header["x5t#S256"] = base64url(digest_of(*x509, EVP_sha256()));
  } else {
    header["alg"] = "RS256";
    header["x5t"] = base64url(digest_of(*x509, EVP_sha1()));
  }
  state_->header = base64url(header.dump());
}

AssertionSigner::~AssertionSigner() = default;
AssertionSigner::AssertionSigner(AssertionSigner&&) noexcept = default;
AssertionSigner& AssertionSigner::operator=(AssertionSigner&&) noexcept = default;

Result<std::string> AssertionSigner::sign(const std::string& audience, const std::string& client_id,
                                          Instant now) const {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch();
  const json claims = {{"aud", audience},
                       {"iss", client_id},
                       {"sub", client_id},
                       {"jti", random_uuid()},
                       {"nbf", (seconds - clock_slack).count()},
                       {"iat", (seconds - clock_slack).count()},
                       {"exp", (seconds + lifetime).count()}};
  const std::string text = state_->header + "." + base64url(claims.dump());
  const Context context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* parameters = nullptr;
  bool good = EVP_DigestSignInit(context.get(), &parameters, EVP_sha256(), nullptr, state_->key.get()) == 1;
  if (good && state_->pss) {
    good = EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) == 1;
  }
  const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t size = 0;
  good = good && EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) == 1;
  std::vector<unsigned char> signature(size);
  good = good && EVP_DigestSign(context.get(), signature.data(), &size, bytes, text.size()) == 1;
  if (!good)
    return fail(Errc::invalid, "signing the client assertion failed", "is the RSA key at least 2048 bits long?");
  return text + "." + base64url({reinterpret_cast<const char*>(signature.data()), size});
}

}  // namespace dualwrite::http
