#include "dualwrite/sandbox/clients.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <fstream>
#include <memory>

namespace dualwrite::sandbox {
namespace {

// Many times what a chain of certificates takes.
constexpr std::size_t file_bytes_max = 1024UL * 1024UL;

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free_all(bio); }
};
struct FreeCertificate {
  void operator()(X509* certificate) const { X509_free(certificate); }
};

bool has_rsa_key(const std::string& pem) {
  const std::unique_ptr<BIO, FreeBio> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const std::unique_ptr<X509, FreeCertificate> certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  EVP_PKEY* key = certificate != nullptr ? X509_get0_pubkey(certificate.get()) : nullptr;
  return key != nullptr && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA;
}

}  // namespace

std::vector<Client> default_clients() {
  std::vector<Client> clients;
  clients.push_back({"dualwrite", Secret("sandbox-secret"), {}, {}, {}, true, {}});
  clients.push_back({"editor", Secret("editor-secret"), {}, {}, {}, true, {}});
  return clients;
}

Result<std::string> read_client_certificate(const std::string& path) {
  const std::string attempt = "reading the client's certificate from " + path + ": ";
  std::ifstream file(path, std::ios::binary);
  std::string pem(file_bytes_max + 1, '\0');
  if (!file || (!file.read(pem.data(), static_cast<std::streamsize>(pem.size())) && !file.eof())) {
    return fail(Errc::storage, attempt + "it cannot be read", "name a PEM file that this user may read");
  }
  pem.resize(static_cast<std::size_t>(file.gcount()));
  if (pem.size() > file_bytes_max || !has_rsa_key(pem)) {
    return fail(Errc::invalid, attempt + "it holds no certificate with an RSA key in PEM form",
                "name a file that begins with -----BEGIN CERTIFICATE-----; the private key is the client's and need "
                "not be in it");
  }
  return pem;
}

}  // namespace dualwrite::sandbox
