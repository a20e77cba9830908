// What bench/read_speed runs: day-files read by obkit and by its peers.
//
//   read_books make KIND BOOKS FILE     writes a file (book_text.hpp has the kinds)
//   read_books race FILE TURNS          each reader in its turn: gigabytes a second, a line a turn
//   read_books wall FILE                obkit alone: seconds by the clock and of the processor
//
// Peers find the file in memory; obkit reads it. All read every number, prices and volumes to
// doubles (obkit's prices are exact), and check that there are as many volumes as prices, an even
// number. Before the race each adds up all that it read, which must be the same.
#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>
#include <simdjson.h>

#include "obkit/store/day_file_reader.hpp"
#include "obkit/store/input.hpp"

#include "book_text.hpp"

namespace {

struct Book {
  std::int64_t date = 0, time = 0;
  std::vector<double> prices, volumes;
};

[[noreturn]] void fail(const char* what) { throw std::runtime_error{what}; }

void check_counts(const Book& book) {
  if (book.prices.size() != book.volumes.size() || book.prices.empty() ||
      book.prices.size() % 2 != 0)
    fail("counts differ");
}

/// Of all numbers, in order.
class Sum {
 public:
  void add(std::uint64_t value) { sum_ = (sum_ ^ value) * 0x9E3779B97F4A7C15; }
  void add(double value) { add(std::bit_cast<std::uint64_t>(value)); }
  void add(const Book& book) {
    add(static_cast<std::uint64_t>(book.date));
    add(static_cast<std::uint64_t>(book.time));
    for (const double price : book.prices) add(price);
    for (const double volume : book.volumes) add(volume);
  }
  void add(const obkit::OrderBook& book) {
    add(static_cast<std::uint64_t>(book.time.date));
    add(static_cast<std::uint64_t>(book.time.time));
    for (const obkit::Price price : book.prices) add(price.value());
    for (const double volume : book.volumes) add(volume);
  }
  [[nodiscard]] std::uint64_t value() const { return sum_; }

 private:
  std::uint64_t sum_ = 0;
};

/// What is done with a book in the race: enough that nothing can be left out.
class Glance {
 public:
  void add(const Book& book) { sum_ += book.prices[book.prices.size() / 2] + book.volumes.back(); }
  void add(const obkit::OrderBook& book) {
    sum_ += static_cast<double>(book.best_ask().units()) + book.volumes.back();
  }
  [[nodiscard]] double value() const { return sum_; }

 private:
  double sum_ = 0;
};

struct File {
  std::string path;
  simdjson::padded_string text;
};

/// Calls take(line) for each line, without its end.
template <class Take>
void for_each_line(std::string_view text, Take take) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    take(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

template <class Eye>
void read_obkit(const File& file, Eye& eye) {
  obkit::store::DayFileReader reader{obkit::store::open_input(file.path), file.path,
                                     obkit::store::BadLine::refuse};
  for (obkit::OrderBook book; reader.next(book);) eye.add(book);
}

void take_list(simdjson::ondemand::array array, std::vector<double>& out) {
  out.clear();
  for (auto value : array) out.push_back(value.get_double());
}

template <class Document, class Eye>
void take_document(Document& document, Book& book, Eye& eye) {
  simdjson::ondemand::object object = document.get_object();
  book.date = object.find_field("date").get_int64();
  book.time = object.find_field("time").get_int64();
  take_list(object.find_field("prices").get_array(), book.prices);
  take_list(object.find_field("volumes").get_array(), book.volumes);
  check_counts(book);
  eye.add(book);
}

template <class Eye>
void read_simdjson(const File& file, Eye& eye) {
  simdjson::ondemand::parser parser;
  Book book;
  for_each_line({file.text.data(), file.text.size()}, [&](std::string_view line) {
    simdjson::ondemand::document document =
        parser.iterate(line.data(), line.size(), line.size() + simdjson::SIMDJSON_PADDING);
    take_document(document, book, eye);
  });
}

template <class Eye>
void read_simdjson_many(const File& file, Eye& eye) {
  simdjson::ondemand::parser parser;
  Book book;
  simdjson::ondemand::document_stream documents = parser.iterate_many(file.text, 1 << 20);
  for (auto document : documents) take_document(document, book, eye);
}

class Handler final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Handler(Book& book) : book_{book} {}

  bool key(std::string& name) override {
    integer_ = name == "date" ? &book_.date : name == "time" ? &book_.time : nullptr;
    list_ = name == "prices" ? &book_.prices : name == "volumes" ? &book_.volumes : nullptr;
    if (list_ != nullptr) list_->clear();
    return true;
  }
  bool number_integer(std::int64_t value) override { return take(value); }
  bool number_unsigned(std::uint64_t value) override { return take(value); }
  bool number_float(double value, const std::string&) override {
    if (list_ != nullptr) list_->push_back(value);
    return list_ != nullptr;
  }
  bool null() override { return false; }
  bool boolean(bool) override { return true; }
  bool string(std::string&) override { return true; }
  bool binary(nlohmann::json::binary_t&) override { return false; }
  bool start_object(std::size_t) override { return true; }
  bool end_object() override { return true; }
  bool start_array(std::size_t) override { return true; }
  bool end_array() override { return true; }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) override {
    return false;
  }

 private:
  template <class Integer>
  bool take(Integer value) {
    if (list_ != nullptr)
      list_->push_back(static_cast<double>(value));
    else if (integer_ != nullptr)
      *integer_ = static_cast<std::int64_t>(value);
    return true;
  }

  Book& book_;
  std::int64_t* integer_ = nullptr;
  std::vector<double>* list_ = nullptr;
};

template <class Eye>
void read_nlohmann(const File& file, Eye& eye) {
  Book book;
  for_each_line({file.text.data(), file.text.size()}, [&](std::string_view line) {
    Handler handler{book};
    if (!nlohmann::json::sax_parse(line.begin(), line.end(), &handler))
      fail("nlohmann refused a line");
    check_counts(book);
    eye.add(book);
  });
}

/// Knows the layout: no white space, four keys in order.
class Scanner {
 public:
  explicit Scanner(std::string_view line) : at_{line.data()}, end_{line.data() + line.size()} {}

  void skip(std::string_view text) {
    if (static_cast<std::size_t>(end_ - at_) < text.size() ||
        std::memcmp(at_, text.data(), text.size()) != 0)
      fail("from_chars: another layout");
    at_ += text.size();
  }
  template <class Number>
  Number number() {
    Number value{};
    const auto result = std::from_chars(at_, end_, value);
    if (result.ec != std::errc{}) fail("from_chars: no number");
    at_ = result.ptr;
    return value;
  }
  void list(std::vector<double>& out) {
    skip("[");
    out.clear();
    for (out.push_back(number<double>()); *at_ == ','; out.push_back(number<double>())) ++at_;
    skip("]");
  }

 private:
  const char *at_, *end_;
};

template <class Eye>
void read_from_chars(const File& file, Eye& eye) {
  Book book;
  for_each_line({file.text.data(), file.text.size()}, [&](std::string_view line) {
    Scanner scanner{line};
    scanner.skip(R"({"date":)");
    book.date = scanner.number<std::int64_t>();
    scanner.skip(R"(,"time":)");
    book.time = scanner.number<std::int64_t>();
    scanner.skip(R"(,"prices":)");
    scanner.list(book.prices);
    scanner.skip(R"(,"volumes":)");
    scanner.list(book.volumes);
    check_counts(book);
    eye.add(book);
  });
}

struct Reader {
  const char* name;
  void (*sum)(const File&, Sum&);
  void (*glance)(const File&, Glance&);
};

constexpr std::array<Reader, 5> readers{{
    {"obkit", read_obkit<Sum>, read_obkit<Glance>},
    {"simdjson", read_simdjson<Sum>, read_simdjson<Glance>},
    {"simdjson_many", read_simdjson_many<Sum>, read_simdjson_many<Glance>},
    {"from_chars", read_from_chars<Sum>, read_from_chars<Glance>},
    {"nlohmann", read_nlohmann<Sum>, read_nlohmann<Glance>},
}};

/// Of this process: what other programs take of a shared machine does not count.
double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

void race(const File& file, int turns) {
  std::uint64_t first = 0;
  for (const Reader& reader : readers) {
    Sum sum;
    reader.sum(file, sum);
    if (first == 0) first = sum.value();
    if (sum.value() != first) fail("the numbers differ");
    std::printf("%s ", reader.name);
  }
  std::printf("\n");
  Glance glance;
  for (int turn = 0; turn < turns; ++turn) {
    for (const Reader& reader : readers) {
      const double begin = processor_seconds();
      reader.glance(file, glance);
      std::printf("%.4f ",
                  static_cast<double>(file.text.size()) * 1e-9 / (processor_seconds() - begin));
    }
    std::printf("\n");
    std::fflush(stdout);
  }
  if (glance.value() == 0) std::puts("");  // so that the work is not optimised away
}

/// Of a compressed file, which is decompressed on a second thread.
void time_by_the_clock(const std::string& path) {
  using Clock = std::chrono::steady_clock;
  Glance glance;
  const double begin = processor_seconds();
  const auto clock_begin = Clock::now();
  read_obkit(File{path, simdjson::padded_string{}}, glance);
  const double seconds = std::chrono::duration<double>(Clock::now() - clock_begin).count();
  std::printf("%.4f %.4f\n", seconds, processor_seconds() - begin);
}

int run(const std::vector<std::string>& arguments) {
  if (arguments.size() == 4 && arguments[0] == "make") {
    const std::string text = obkit::bench::book_text(arguments[1], std::stoul(arguments[2]));
    if (text.empty()) fail("expected repetitive, shuffled, hard or fractional, and how many books");
    std::ofstream out{arguments[3], std::ios::binary};
    if (!out.write(text.data(), static_cast<std::streamsize>(text.size())).flush())
      fail("cannot write the file");
    return 0;
  }
  if (arguments.size() == 3 && arguments[0] == "race") {
    race({arguments[1], simdjson::padded_string::load(arguments[1])}, std::stoi(arguments[2]));
    return 0;
  }
  if (arguments.size() == 2 && arguments[0] == "wall") {
    time_by_the_clock(arguments[1]);
    return 0;
  }
  std::fputs("usage: read_books make KIND BOOKS FILE | race FILE TURNS | wall FILE\n", stderr);
  return 64;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "read_books: %s\n", error.what());
    return 70;
  }
}
