#pragma once
// A client that proves itself with an assertion: a JWT that the key of its certificate signed.
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <nlohmann/json.hpp>
#include <string>

namespace dualwrite::test {

/// An RSA key with a certificate for it.
class Certified {
 public:
  Certified() : key_(EVP_RSA_gen(2048)), certificate_(X509_new()) {
    X509_set_version(certificate_, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate_), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate_), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate_), 86400);
    X509_set_pubkey(certificate_, key_);
    X509_sign(certificate_, key_, EVP_sha256());
  }
  ~Certified() {
    X509_free(certificate_);
    EVP_PKEY_free(key_);
  }
  Certified(const Certified&) = delete;
  Certified& operator=(const Certified&) = delete;

  [[nodiscard]] std::string pem() const {
    BIO* bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, certificate_);
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    std::string text(data, static_cast<std::size_t>(size));
    BIO_free(bio);
    return text;
  }
  [[nodiscard]] std::string thumbprint(const EVP_MD* digest) const {
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    X509_digest(certificate_, digest, bytes, &size);
    return base64url({reinterpret_cast<const char*>(bytes), size});
  }
  [[nodiscard]] std::string jwt(const nlohmann::json& header, const nlohmann::json& claims) const {
    const std::string content = base64url(header.dump()) + "." + base64url(claims.dump());
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    EVP_PKEY_CTX* of_key = nullptr;
    EVP_DigestSignInit(context, &of_key, EVP_sha256(), nullptr, key_);
    if (header["alg"] == "PS256") {
      EVP_PKEY_CTX_set_rsa_padding(of_key, RSA_PKCS1_PSS_PADDING);
      EVP_PKEY_CTX_set_rsa_pss_saltlen(of_key, RSA_PSS_SALTLEN_DIGEST);
    }
    std::string signature(512, '\0');
    std::size_t size = signature.size();
    EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size,
                   reinterpret_cast<const unsigned char*>(content.data()), content.size());
    EVP_MD_CTX_free(context);
    signature.resize(size);
    return content + "." + base64url(signature);
  }

 private:
  static std::string base64url(const std::string& bytes) {
    static constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string text;
    unsigned buffer = 0;
    unsigned bits = 0;
    for (const char c : bytes) {
      buffer = (buffer << 8U | static_cast<unsigned char>(c)) & 0xFFFFU;
      for (bits += 8; bits >= 6;) {
        bits -= 6;
        text.push_back(digits[buffer >> bits & 63U]);
      }
    }
    if (bits > 0) text.push_back(digits[buffer << (6 - bits) & 63U]);
    return text;
  }
  EVP_PKEY* key_;
  X509* certificate_;
};

}  // namespace dualwrite::test
