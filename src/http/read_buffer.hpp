#pragma once
// Bytes that came from a socket and are not parsed yet. Grows with what is read at once, never beyond its users'
// limits.
#include <boost/asio/buffer.hpp>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

namespace dualwrite::http {

class ReadBuffer {
 public:
  [[nodiscard]] std::string_view data() const noexcept { return {bytes_.get() + begin_, end_ - begin_}; }
  [[nodiscard]] bool empty() const noexcept { return begin_ == end_; }

  void consume(std::size_t count) noexcept {
    begin_ += count;
    if (begin_ == end_) begin_ = end_ = 0;
  }

  /// Room to read into. A read that filled the buffer earns a larger one: fewer system calls for a large body.
  boost::asio::mutable_buffer prepare() {
    if (filled_ && empty() && capacity_ < capacity_max_) resize(capacity_ * 2);
    if (capacity_ - end_ < room_min_) {
      const bool compact_is_enough = capacity_ - (end_ - begin_) >= room_min_;
      resize(compact_is_enough ? capacity_ : capacity_ * 2);
    }
    return {bytes_.get() + end_, capacity_ - end_};
  }

  void commit(std::size_t count) noexcept {
    end_ += count;
    filled_ = end_ == capacity_;
  }

  /// Gives the memory of a large message back; for a connection that goes idle.
  void shrink() {
    if (empty() && capacity_ > capacity_first_) resize(capacity_first_);
  }

 private:
  void resize(std::size_t capacity) {
    const std::string_view kept = data();
    if (capacity == capacity_) {
      std::memmove(bytes_.get(), kept.data(), kept.size());
    } else {
      auto larger = std::make_unique_for_overwrite<char[]>(capacity);
      std::memcpy(larger.get(), kept.data(), kept.size());
      bytes_ = std::move(larger);
      capacity_ = capacity;
    }
    end_ = kept.size();
    begin_ = 0;
    filled_ = false;
  }

  static constexpr std::size_t capacity_first_ = 8u << 10;
  static constexpr std::size_t capacity_max_ = 128u << 10;
  static constexpr std::size_t room_min_ = 2u << 10;

  std::unique_ptr<char[]> bytes_ = std::make_unique_for_overwrite<char[]>(capacity_first_);
  std::size_t capacity_ = capacity_first_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool filled_ = false;
};

}  // namespace dualwrite::http
