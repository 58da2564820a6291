// Asio's TLS and Beast, compiled once (the SEPARATE_COMPILATION macros) instead of in every file that includes them.
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/beast/src.hpp>
