#include "common/meter.hpp"

#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "obkit/cli/progress.hpp"
#include "obkit/store/input.hpp"

namespace obkit::common {
namespace {

namespace fs = std::filesystem;

class CountedSource final : public obkit::ByteSource {
 public:
  CountedSource(std::unique_ptr<obkit::ByteSource> source, std::atomic<std::uint64_t>& bytes)
      : source_{std::move(source)}, bytes_{bytes} {}

  std::size_t read(std::span<char> block) override {
    const std::size_t count = source_->read(block);
    bytes_.fetch_add(count, std::memory_order_relaxed);
    return count;
  }

 private:
  std::unique_ptr<obkit::ByteSource> source_;
  std::atomic<std::uint64_t>& bytes_;
};

std::optional<std::uint64_t> size_of_all(const std::vector<std::string>& inputs) {
  std::uint64_t all = 0;
  for (const auto& input : inputs) {
    std::error_code error;
    if (input == "-" || !fs::is_regular_file(input, error)) return std::nullopt;
    all += fs::file_size(input, error);
  }
  return all;
}

}  // namespace

Meter::Meter(const std::vector<std::string>& inputs, obkit::cli::StatusLine::Wish wish)
    : all_bytes_{size_of_all(inputs)}, line_{wish} {}

std::unique_ptr<obkit::ByteSource> Meter::open_as_it_is(const std::string& input) {
  return std::make_unique<CountedSource>(obkit::open_source(input), bytes_);
}

std::unique_ptr<obkit::ByteSource> Meter::open(const std::string& input) {
  return obkit::store::decompressed(open_as_it_is(input), obkit::display_name(input),
                                    obkit::store::ahead_for(input));
}

void Meter::paint() {
  if (line_.is_active() && std::this_thread::get_id() == painter_) line_.show(text());
}

double Meter::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
}

std::string Meter::text() const {
  const auto books = static_cast<double>(books_.load(std::memory_order_relaxed));
  std::string text = fmt::format("{:.0f} books, {:.0f} books/s", books, books / seconds());
  if (!all_bytes_) return text;
  const auto bytes = static_cast<double>(bytes_.load(std::memory_order_relaxed));
  return obkit::cli::progress_bar(bytes / static_cast<double>(*all_bytes_)) + ", " + text;
}

std::optional<Inputs::Input> Inputs::next() {
  if (opened_ == paths_.size()) return std::nullopt;
  const std::string& path = paths_[opened_++];
  auto source = meter_.open_as_it_is(path);
  return Input{.path = path, .source = std::move(source), .ahead = obkit::store::ahead_for(path)};
}

}  // namespace obkit::common
