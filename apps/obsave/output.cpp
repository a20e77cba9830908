#include "obsave/output.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstddef>
#include <limits>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <utility>

#include <poll.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "obkit/core/encoding.hpp"
#include "obkit/core/error.hpp"
#include "obkit/core/number.hpp"
#include "obkit/store/json_line.hpp"

namespace obkit::obsave {
namespace {

/// Whether it is not bytes that the folder's disk lacks, but inodes.
bool lacks_inodes(const std::string& folder) {
  struct statvfs disk {};
  return ::statvfs(folder.c_str(), &disk) == 0 && disk.f_files > 0 && disk.f_favail == 0 &&
         disk.f_bavail > 0;
}

bool is_of_making(const IoError& error) {
  return error.during() == IoError::During::create || error.during() == IoError::During::open;
}

/// Does `work`; where the disk lacks inodes, its IoError says so instead of "no space".
template <class Work>
void explain(const std::string& folder, Work work) {
  try {
    work();
  } catch (const store::ManifestError&) {
    throw;
  } catch (const IoError& error) {
    if (!is_of_making(error) || error.error_number() != ENOSPC || !lacks_inodes(folder)) throw;
    throw IoError{IoError::During::create, folder, "no inode is left for a new file (df -i)"};
  }
}

/// Whether waiting is of no use: another depth, owner or kind of file, a link to nothing, no inode
/// (which has no number).
bool only_a_person_can_mend(const IoError& error) {
  if (!is_of_making(error)) return false;
  switch (error.error_number()) {
    case 0:
    case EACCES:
    case EPERM:
    case EROFS:
    case EISDIR:
    case ENOTDIR:
    case ENOENT:
    case ELOOP:
    case ENAMETOOLONG:
      return true;
    default:
      return false;
  }
}

constexpr std::size_t told_at_a_time = 5;

OutputCounts counts_of(const store::DayFileWriter& writer) {
  return {.books = writer.books(),
          .lost = writer.lost(),
          .gaps = writer.gaps(),
          .clamped = writer.clamped(),
          .files = writer.files()};
}

}  // namespace

void tell_of(const store::OpenedDayFile& file) {
  if (file.cut_bytes > 0)
    spdlog::warn("{}: cut a torn last line of {} off", file.path, counted(file.cut_bytes, "byte"));
  for (const std::string& note : file.notes) spdlog::warn("{}", note);
  spdlog::debug("{} {}", file.had_books ? "appending to" : "writing", file.path);
}

OutputCounts& OutputCounts::operator+=(const OutputCounts& more) {
  books += more.books;
  lost += more.lost;
  gaps += more.gaps;
  clamped += more.clamped;
  files += more.files;
  return *this;
}

const std::string* Troubles::of(const std::string& symbol) const {
  const auto found = symbols_.find(symbol);
  return found == symbols_.end() ? nullptr : &found->second.text;
}

bool Troubles::may_try(const std::string& symbol) const {
  const auto found = symbols_.find(symbol);
  return found == symbols_.end() || found->second.may_try;
}

void Troubles::retry() {
  for (auto& [symbol, trouble] : symbols_) trouble.may_try = true;
}

void Troubles::begin(const std::string& symbol, const IoError& error) {
  const auto [place, is_new] = symbols_.try_emplace(symbol);
  Trouble& trouble = place->second;
  trouble.text = error.what();
  trouble.may_try = false;
  if (!is_new || symbols_.size() > told_at_a_time + 1) return;
  trouble.was_told = symbols_.size() <= told_at_a_time;
  if (trouble.was_told)
    spdlog::error("{}; {}", error.what(), words_.consequence);
  else
    spdlog::error("further symbols have such trouble, {} among them", symbol);
}

void Troubles::end(const std::string& symbol) {
  const auto found = symbols_.find(symbol);
  if (found == symbols_.end()) return;
  if (found->second.was_told) spdlog::warn("{}{}", words_.end, symbol);
  symbols_.erase(found);
}

std::string Troubles::text() const {
  if (symbols_.empty()) return {};
  const std::string& first = symbols_.begin()->second.text;
  if (symbols_.size() == 1) return first;
  return first + " (and " + counted(symbols_.size() - 1, "other symbol") + ")";
}

void tell_unwritten(const Troubles& troubles, const std::map<std::string, std::uint64_t>& lost,
                    const std::string& kind) {
  std::size_t others = 0, told = 0;
  for (const auto& [symbol, count] : lost) {
    const std::string* trouble = troubles.of(symbol);
    if (trouble == nullptr || count == 0) continue;
    if (++told > told_at_a_time)
      ++others;
    else
      spdlog::error("{}: {} could not be written, up to the end: {}", printable(symbol),
                    counted(count, kind), *trouble);
  }
  if (others > 0) spdlog::error("nor could {}s of {}", kind, counted(others, "further symbol"));
}

void FolderOutput::prepare(const std::string& symbol) {
  explain(writers_.folder(), [&] { static_cast<void>(writers_.of(symbol)); });
}

void FolderOutput::write(const std::string& symbol, BookView book, std::string_view gap_reason) {
  explain(writers_.folder(), [&] { writers_.of(symbol).write(book, gap_reason); });
}

void FolderOutput::count(const std::string& symbol, const store::FrameCounts& received) {
  writers_.of(symbol).add(received);
}

void FolderOutput::skip(const std::string& symbol, std::string_view reason) {
  writers_.of(symbol).skip(reason);
}

void FolderOutput::sync() {
  for_each_one(writers_.all(), [](store::DayFileWriter& writer) { writer.sync(); });
}

void FolderOutput::check() {
  for_each_one(writers_.all(), [](store::DayFileWriter& writer) { writer.check(); });
}

void FolderOutput::close() {
  for_each_one(writers_.all(), [](store::DayFileWriter& writer) { writer.close(); });
}

std::map<std::string, OutputCounts> FolderOutput::symbol_counts() const {
  std::map<std::string, OutputCounts> counts;
  for (const auto& [symbol, writer] : writers_.all()) counts.emplace(symbol, counts_of(writer));
  return counts;
}

OutputCounts FolderOutput::counts() const {
  OutputCounts sum;
  for (const auto& [symbol, writer] : writers_.all()) sum += counts_of(writer);
  return sum;
}

namespace {

class StandardOutput final : public ByteSink {
 public:
  explicit StandardOutput(const std::atomic<bool>& stop) : stop_{stop} {
    struct stat status {};
    // No more than surely fits is given to what may be full.
    if (::fstat(STDOUT_FILENO, &status) == 0 && !S_ISREG(status.st_mode)) most_ = PIPE_BUF;
  }

  void write(std::string_view bytes) override {
    while (!bytes.empty()) {
      wait();
      const std::string_view piece = piece_of(bytes);
      const auto count = ::write(STDOUT_FILENO, piece.data(), piece.size());
      if (count >= 0)
        bytes.remove_prefix(static_cast<std::size_t>(count));
      else if (errno != EINTR && errno != EAGAIN)
        throw IoError{IoError::During::write, "standard output", errno};
    }
  }
  void flush() override {}
  void close() override {}

 private:
  /// Ends with a line where one ends: lines of several writers to one pipe do not mix then.
  [[nodiscard]] std::string_view piece_of(std::string_view bytes) const {
    if (bytes.size() <= most_) return bytes;
    const auto end = bytes.rfind('\n', most_ - 1);
    return bytes.substr(0, end == std::string_view::npos ? most_ : end + 1);
  }

  /// Until something can be written, or nobody wants to wait any longer.
  void wait() {
    constexpr int look_ms = 100;
    constexpr int longest_looks = 20;
    pollfd out{STDOUT_FILENO, POLLOUT, 0};
    while (::poll(&out, 1, look_ms) == 0)
      if (stop_ && ++looks_ > longest_looks)
        throw IoError{IoError::During::write, "standard output", "its reader takes nothing"};
  }

  const std::atomic<bool>& stop_;
  std::size_t most_ = std::numeric_limits<std::size_t>::max();  ///< of one piece
  int looks_ = 0;                                               ///< in vain since `stop_` was set
};

}  // namespace

std::unique_ptr<ByteSink> open_standard_output(const std::atomic<bool>& stop) {
  return std::make_unique<StandardOutput>(stop);
}

StreamOutput::StreamOutput(std::unique_ptr<ByteSink> sink, std::size_t most_waiting,
                           NameSymbol name_symbol, const store::BookFormat& format)
    : sink_{std::move(sink)},
      most_waiting_{most_waiting},
      name_symbol_{name_symbol},
      format_{format} {}

void StreamOutput::write(const std::string& symbol, BookView book,
                         std::string_view /*gap_reason*/) {
  Symbol& known = symbols_[symbol];
  if (!known.lines) known.lines = format_.make_lines();
  const DateTime time = known.time.next(book->time);
  const bool named = name_symbol_ == NameSymbol::always ||
                     (name_symbol_ == NameSymbol::with_second && symbols_.size() > 1);
  known.lines->append(lines_,
                      {.time = time,
                       .gap = book->gap,
                       .symbol = named ? std::string_view{symbol} : std::string_view{}},
                      book);
  if (lines_.size() > most_waiting_) hand_over();
  ++known.counts.books;
  if (book->gap) ++known.counts.gaps;
  known.ends_in_loss = false;
  known.counts.clamped = known.time.clamped();
}

void StreamOutput::lose_end(const std::string& symbol, Timestamp /*until*/,
                            std::string_view /*reason*/) {
  symbols_[symbol].ends_in_loss = true;
}

OutputCounts StreamOutput::counts_of(const Symbol& symbol) {
  OutputCounts counts = symbol.counts;
  if (symbol.ends_in_loss) ++counts.gaps;
  return counts;
}

void StreamOutput::hand_over() {
  // What could not be written is not tried again.
  std::swap(lines_, handed_over_);
  lines_.clear();
  sink_->write(handed_over_);
  sink_->flush();
}

void StreamOutput::close() {
  hand_over();
  sink_->close();
}

std::map<std::string, OutputCounts> StreamOutput::symbol_counts() const {
  std::map<std::string, OutputCounts> counts;
  for (const auto& [name, symbol] : symbols_) counts.emplace(name, counts_of(symbol));
  return counts;
}

OutputCounts StreamOutput::counts() const {
  OutputCounts sum;
  for (const auto& [name, symbol] : symbols_) sum += counts_of(symbol);
  return sum;
}

template <class Action>
void PatientOutput::attempt(const std::string& symbol, Action action) {
  if (!troubles_.may_try(symbol)) return;
  try {
    action();
    troubles_.end(symbol);
  } catch (const store::ManifestError& error) {
    troubles_.end(symbol);
    manifests_.begin(symbol, error);
  } catch (const IoError& error) {
    errors_.insert_or_assign(symbol, error);
    if (is_hopeless(symbol)) throw;
    troubles_.begin(symbol, error);
  }
}

template <class Action>
void PatientOutput::attempt_each(Action action) {
  for (auto& [symbol, writer] : output_.writers())
    if (troubles_.of(symbol) == nullptr)
      attempt(symbol, [&, &name = symbol, &one = writer] { action(name, one); });
}

bool PatientOutput::is_hopeless(const std::string& failed) const {
  if (has_written_) return false;
  for (const auto& [symbol, writer] : output_.writers()) {
    const auto error = errors_.find(symbol);
    const bool fails = symbol == failed || troubles_.of(symbol) != nullptr;
    if (!fails || error == errors_.end() || !only_a_person_can_mend(error->second)) return false;
  }
  return true;
}

void PatientOutput::write(const std::string& symbol, BookView book, std::string_view gap_reason) {
  if (troubles_.empty()) {
    attempt(symbol, [&] { output_.write(symbol, book, gap_reason); });
  } else if (const std::string* trouble = troubles_.of(symbol);
             trouble != nullptr && !troubles_.may_try(symbol)) {
    return output_.skip(symbol, *trouble);
  } else {
    // What was lost since explains the gap, whatever else did.
    const std::string reason{trouble != nullptr ? std::string_view{*trouble} : gap_reason};
    attempt(symbol, [&] { output_.write(symbol, book, reason); });
  }
  has_written_ = has_written_ || troubles_.of(symbol) == nullptr;
}

void PatientOutput::sync() {
  attempt_each([&](const std::string& symbol, store::DayFileWriter& writer) {
    writer.begin_sync();
    manifests_.end(symbol);
  });
}

void PatientOutput::check() {
  attempt_each([](const std::string&, store::DayFileWriter& writer) { writer.check(); });
}

void PatientOutput::close() {
  std::map<std::string, std::uint64_t> lost;
  for (const auto& [symbol, counts] : output_.symbol_counts()) lost[symbol] = counts.lost;
  tell_unwritten(troubles_, lost, "book");
  output_.close();
  for (const auto& [symbol, error] : errors_)
    if (troubles_.of(symbol) != nullptr) throw IoError{error};
}

std::string PatientOutput::trouble() const {
  const std::string books = troubles_.text();
  return books.empty() ? manifests_.text() : books;
}

}  // namespace obkit::obsave
