// Client assertions, verified by OpenSSL's own verification; the sandbox's tests verify them once more.
#include "http/client_assertion.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace dualwrite::http {
namespace {

using testing::HasSubstr;

/// An RSA key (or another) and a certificate that it signed itself, as PEM text.
class Identity {
 public:
  explicit Identity(EVP_PKEY* key) : key_(key, EVP_PKEY_free), certificate_(X509_new(), X509_free) {
    X509_set_version(certificate_.get(), X509_VERSION_3);
    X509_gmtime_adj(X509_getm_notBefore(certificate_.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate_.get()), 3600);
    X509_set_pubkey(certificate_.get(), key_.get());
    X509_sign(certificate_.get(), key_.get(), EVP_sha256());
  }
  [[nodiscard]] std::string certificate() const {
    return text([this](BIO* out) { PEM_write_bio_X509(out, certificate_.get()); });
  }
  [[nodiscard]] Secret private_key() const {
    return Secret(
        text([this](BIO* out) { PEM_write_bio_PrivateKey(out, key_.get(), nullptr, nullptr, 0, nullptr, nullptr); }));
  }
  [[nodiscard]] EVP_PKEY* key() const { return key_.get(); }

 private:
  template <class Write>
  static std::string text(Write write) {
    const std::unique_ptr<BIO, decltype(&BIO_free_all)> out(BIO_new(BIO_s_mem()), BIO_free_all);
    write(out.get());
    char* data = nullptr;
    const long size = BIO_get_mem_data(out.get(), &data);
    return {data, static_cast<std::size_t>(size)};
  }
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
  std::unique_ptr<X509, decltype(&X509_free)> certificate_;
};

std::string decoded(std::string text) {
  for (char& c : text) c = c == '-' ? '+' : (c == '_' ? '/' : c);
  const std::size_t padding = (4 - text.size() % 4) % 4;
  text.append(padding, '=');
  std::string out(text.size(), '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  out.resize(static_cast<std::size_t>(size) - padding);
  return out;
}

bool verifies(const Identity& identity, const std::string& jwt, bool pss) {
  const std::size_t dot = jwt.rfind('.');
  const std::string signature = decoded(jwt.substr(dot + 1));
  const std::string text = jwt.substr(0, dot);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  EVP_PKEY_CTX* parameters = nullptr;
  if (EVP_DigestVerifyInit(context.get(), &parameters, EVP_sha256(), nullptr, identity.key()) != 1) return false;
  if (pss) {
    EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING);
    EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST);
  }
  return EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                          reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
}

TEST(ClientAssertion, IsWhatEntraAsksForAndItsSignatureHolds) {
  const Identity identity(EVP_RSA_gen(2048));
  const Instant now(std::chrono::seconds(1'800'000'000));
  for (const AssertionAlgorithm algorithm : {AssertionAlgorithm::ps256, AssertionAlgorithm::rs256}) {
    const bool pss = algorithm == AssertionAlgorithm::ps256;
    const AssertionSigner signer({identity.certificate(), identity.private_key(), algorithm});
    const auto jwt = signer.sign("https://login.example/t/token", "app-1", now);
    ASSERT_TRUE(jwt.has_value()) << jwt.error().text();
    const std::size_t first = jwt->find('.');
    const auto header = nlohmann::json::parse(decoded(jwt->substr(0, first)));
    const auto claims = nlohmann::json::parse(decoded(jwt->substr(first + 1, jwt->rfind('.') - first - 1)));
    EXPECT_EQ(header.at("alg"), pss ? "PS256" : "RS256");
    EXPECT_EQ(header.at(pss ? "x5t#S256" : "x5t").get<std::string>().size(), pss ? 43U : 27U);
    EXPECT_EQ(claims.at("aud"), "https://login.example/t/token");
    EXPECT_EQ(claims.at("iss"), "app-1");
    EXPECT_EQ(claims.at("sub"), "app-1");
    EXPECT_LE(claims.at("nbf"), 1'800'000'000);
    EXPECT_EQ(claims.at("exp"), 1'800'000'600);
    EXPECT_TRUE(verifies(identity, *jwt, pss));
    std::string other = *jwt;
    other[first + 2] = other[first + 2] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(verifies(identity, other, pss));
    EXPECT_NE(*jwt, signer.sign("https://login.example/t/token", "app-1", now).value()) << "each is used once";
  }
}

TEST(ClientAssertion, ACertificateThatCannotSignIsNamedAtOnce) {
  const Identity one(EVP_RSA_gen(2048));
  const Identity other(EVP_RSA_gen(2048));
  const Identity curve(EVP_EC_gen("P-256"));
  const auto complaint = [](const std::string& certificate, const Secret& key) -> std::string {
    try {
      const AssertionSigner signer({certificate, key, AssertionAlgorithm::ps256});
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "none";
  };
  EXPECT_EQ(complaint(one.certificate(), one.private_key()), "none");
  EXPECT_THAT(complaint(one.certificate(), other.private_key()), HasSubstr("do not belong together"));
  EXPECT_THAT(complaint("nonsense", one.private_key()), HasSubstr("no X.509 certificate"));
  EXPECT_THAT(complaint(one.certificate(), Secret("nonsense")), HasSubstr("no private key"));
  EXPECT_THAT(complaint(curve.certificate(), curve.private_key()), HasSubstr("not an RSA key"));
}

}  // namespace
}  // namespace dualwrite::http
