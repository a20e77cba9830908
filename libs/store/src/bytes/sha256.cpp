#include "bytes/sha256.hpp"

#include <array>
#include <cstddef>
#include <new>
#include <system_error>
#include <utility>
#include <vector>

#include <openssl/evp.h>

#include "obkit/core/encoding.hpp"

namespace obkit::store {

namespace {

class HashedSource final : public ByteSource {
 public:
  HashedSource(std::unique_ptr<ByteSource> source, Sha256& hash, std::uint64_t& bytes)
      : source_{std::move(source)}, hash_{hash}, bytes_{bytes} {}

  std::size_t read(std::span<char> block) override {
    const std::size_t count = source_->read(block);
    hash_.add(block.first(count));
    bytes_ += count;
    return count;
  }

 private:
  std::unique_ptr<ByteSource> source_;
  Sha256& hash_;
  std::uint64_t& bytes_;
};

}  // namespace

Sha256::Sha256() : context_{EVP_MD_CTX_new()} {
  if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1)
    throw std::bad_alloc{};
}

void Sha256::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

void Sha256::add(std::span<const char> bytes) {
  EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size());
}

std::string Sha256::hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_DigestFinal_ex(context_.get(), digest.data(), &size);
  return to_hex(std::span{digest}.first(size));
}

std::string sha256_of_file(const std::string& path) {
  Sha256 hash;
  const auto source = open_source(path);
  std::vector<char> block(std::size_t{256} * 1024);
  while (const std::size_t count = source->read(block)) hash.add(std::span{block}.first(count));
  return hash.hex();
}

std::unique_ptr<ByteSource> hashed(std::unique_ptr<ByteSource> source, Sha256& hash,
                                   std::uint64_t& bytes) {
  return std::make_unique<HashedSource>(std::move(source), hash, bytes);
}

namespace {

constexpr std::size_t large = std::size_t{64} * 1024;

}  // namespace

void BackgroundHash::rest() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock{mutex_};
    ends_ = true;
  }
  changed_.notify_all();
  thread_.join();
  thread_ = {};
  ends_ = false;
}

void BackgroundHash::add(std::string_view bytes) {
  wait();
  if (bytes.size() < large || !start()) return hash_.add(bytes);
  piece_ = bytes;
  {
    const std::lock_guard lock{mutex_};
    is_busy_ = true;
  }
  changed_.notify_all();
}

std::string BackgroundHash::hex() {
  wait();
  return hash_.hex();
}

/// Whether there is a thread. Where none can be had it goes without.
bool BackgroundHash::start() {
  if (thread_.joinable()) return true;
  try {
    thread_ = std::thread{[this] { run(); }};
  } catch (const std::system_error&) {
    return false;
  }
  return true;
}

void BackgroundHash::run() {
  std::unique_lock lock{mutex_};
  for (;;) {
    changed_.wait(lock, [&] { return is_busy_ || ends_; });
    if (!is_busy_) return;
    lock.unlock();
    hash_.add(piece_);
    lock.lock();
    is_busy_ = false;
    changed_.notify_all();
  }
}

void BackgroundHash::wait() {
  if (!thread_.joinable()) return;
  std::unique_lock lock{mutex_};
  changed_.wait(lock, [&] { return !is_busy_; });
}

}  // namespace obkit::store
