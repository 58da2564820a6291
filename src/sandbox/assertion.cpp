#include "sandbox/assertion.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

namespace dualwrite::sandbox {
namespace {

using nlohmann::json;

// Entra allows clocks to differ by so much.
constexpr std::chrono::minutes skew{5};
constexpr std::size_t assertion_bytes_max = 64 * 1024;

template <auto free>
struct Free {
  template <class T>
  void operator()(T* what) const {
    free(what);
  }
};
using Bio = std::unique_ptr<BIO, Free<&BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Free<&X509_free>>;
using Context = std::unique_ptr<EVP_MD_CTX, Free<&EVP_MD_CTX_free>>;

int digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '-') return 62;
  if (c == '_') return 63;
  return -1;
}

std::optional<std::string> base64url_decode(std::string_view text) {
  std::string bytes;
  unsigned buffer = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const int value = digit(c);
    if (value < 0) return std::nullopt;
    buffer = (buffer << 6U | static_cast<unsigned>(value)) & 0xFFFFU;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push_back(static_cast<char>(buffer >> bits & 0xFFU));
  }
  return bytes;
}

struct Jwt {
  json header;
  json claims;
  std::string_view signed_part;
  std::string signature;
};

std::optional<Jwt> parse_jwt(std::string_view text) {
  if (text.size() > assertion_bytes_max) return std::nullopt;
  const std::size_t first = text.find('.');
  const std::size_t second = first == std::string_view::npos ? first : text.find('.', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto header = base64url_decode(text.substr(0, first));
  const auto claims = base64url_decode(text.substr(first + 1, second - first - 1));
  auto signature = base64url_decode(text.substr(second + 1));
  if (!header || !claims || !signature) return std::nullopt;
  Jwt jwt;
  jwt.header = json::parse(*header, nullptr, false);
  jwt.claims = json::parse(*claims, nullptr, false);
  if (!jwt.header.is_object() || !jwt.claims.is_object()) return std::nullopt;
  jwt.signed_part = text.substr(0, second);
  jwt.signature = std::move(*signature);
  return jwt;
}

std::string text_of(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<std::int64_t> seconds_of(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number_integer()) return std::nullopt;
  return found->get<std::int64_t>();
}

std::string thumbprint(const X509& certificate, const EVP_MD* digest) {
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (X509_digest(&certificate, digest, bytes, &size) != 1) return {};
  return {reinterpret_cast<const char*>(bytes), size};
}

bool names_certificate(const json& header, const X509& certificate) {
  const auto sha256 = base64url_decode(text_of(header, "x5t#S256"));
  if (sha256 && !sha256->empty()) return *sha256 == thumbprint(certificate, EVP_sha256());
  const auto sha1 = base64url_decode(text_of(header, "x5t"));
  return sha1 && !sha1->empty() && *sha1 == thumbprint(certificate, EVP_sha1());
}

bool is_signed(const Jwt& jwt, X509& certificate) {
  const std::string algorithm = text_of(jwt.header, "alg");
  if (algorithm != "RS256" && algorithm != "PS256") return false;
  const Context context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* key_context = nullptr;  // the context's own
  EVP_PKEY* key = X509_get0_pubkey(&certificate);
  if (key == nullptr || EVP_DigestVerifyInit(context.get(), &key_context, EVP_sha256(), nullptr, key) != 1) {
    return false;
  }
  if (algorithm == "PS256") {
    if (EVP_PKEY_CTX_set_rsa_padding(key_context, RSA_PKCS1_PSS_PADDING) != 1) return false;
    if (EVP_PKEY_CTX_set_rsa_pss_saltlen(key_context, RSA_PSS_SALTLEN_DIGEST) != 1) return false;
  }
  return EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(jwt.signature.data()),
                          jwt.signature.size(), reinterpret_cast<const unsigned char*>(jwt.signed_part.data()),
                          jwt.signed_part.size()) == 1;
}

}  // namespace

std::string client_of_assertion(std::string_view assertion) {
  const auto jwt = parse_jwt(assertion);
  return jwt ? text_of(jwt->claims, "sub") : std::string();
}

AssertionFault check_assertion(std::string_view assertion, const std::string& certificate_pem,
                               std::string_view client_id, std::string_view audience, Instant now) {
  const auto jwt = parse_jwt(assertion);
  if (!jwt) return AssertionFault::malformed;
  if (text_of(jwt->claims, "iss") != client_id || text_of(jwt->claims, "sub") != client_id) {
    return AssertionFault::subject;
  }
  const Bio bio(BIO_new_mem_buf(certificate_pem.data(), static_cast<int>(certificate_pem.size())));
  const Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  if (certificate == nullptr || !names_certificate(jwt->header, *certificate)) return AssertionFault::key;
  if (!is_signed(*jwt, *certificate)) return AssertionFault::signature;
  if (text_of(jwt->claims, "aud") != audience) return AssertionFault::audience;
  const auto expires = seconds_of(jwt->claims, "exp");
  const auto begins = seconds_of(jwt->claims, "nbf");
  const std::int64_t at = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
  const std::int64_t tolerated = std::chrono::seconds(skew).count();
  if (!expires || at >= *expires + tolerated || (begins && at < *begins - tolerated)) return AssertionFault::time;
  return AssertionFault::none;
}

}  // namespace dualwrite::sandbox
