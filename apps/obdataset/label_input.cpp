#include "label_input.hpp"

#include <utility>

#include "obkit/store/input.hpp"

namespace obdataset {
namespace {

using obkit::OrderBook;
using obkit::dataset::Sample;
using obkit::store::DayFileReader;
using obkit::store::Volumes;

constexpr std::uint64_t books_between_paints = 1024;

/// Lines of a dataset mostly take over the text of the volumes.
Volumes volumes_for(const Job& job) {
  return job.format == obkit::dataset::DatasetFormat::ds ? Volumes::text : Volumes::numbers;
}

/// What the first book changes.
void begin(const Job& job, std::size_t input, Course& course, DayFileReader& reader) {
  const OrderBook& first = reader.book();
  if (course.end && is_break(job, input, course, first)) reader.mark_gap();
  course.end = {.symbol = obkit::store::symbol_of_day_file(job.inputs[input]), .time = {}};
  course.depth = first.depth();
}

void finish(const DayFileReader& reader, Course& course, obkit::DateTime last, InputPass& pass) {
  if (pass.first) course.end->time = obkit::to_timestamp(last).value();
  pass.lost_lines = reader.lost_lines();
  if (course.end && pass.lost_lines) course.end->lost_lines = true;
  pass.report = reader.report();
  pass.counts.books = pass.report.books;
  pass.counts.skipped_lines = pass.report.skipped;
  pass.counts.torn_lines = pass.report.torn ? 1 : 0;
}

}  // namespace

bool is_break(const Job& job, std::size_t input, const Course& course, const OrderBook& first) {
  return first.gap || !course.end || !continues(*course.end, job.inputs[input], first, job.join);
}

InputPass label_input(const Job& job, std::size_t input, Course& course, SampleTaker& taker,
                      metered::Meter& meter, const std::atomic<bool>* stop) {
  const double begin_seconds = meter.seconds();
  const std::string& path = job.inputs[input];
  DayFileReader reader{meter.open(path), obkit::display_name(path), job.bad_line, course.depth,
                       volumes_for(job)};
  InputPass pass;
  obkit::DateTime last;
  Sample sample;
  std::uint64_t unpainted = 0;
  while ((stop == nullptr || !stop->load(std::memory_order_relaxed)) && reader.next()) {
    const OrderBook& book = reader.book();
    last = book.time;
    pass.counts.gaps += book.gap ? 1 : 0;
    if (!pass.first) {
      pass.first = book;
      begin(job, input, course, reader);
    }
    course.labeller.push(book, input, reader.volumes_text());
    while (const auto of = course.labeller.take(sample)) taker.take(*of, sample);
    taker.reach(course.labeller.oldest_input(), course.depth);
    if (++unpainted == books_between_paints) {
      meter.add_books(std::exchange(unpainted, 0));
      meter.paint();
    }
  }
  meter.add_books(unpainted);
  finish(reader, course, last, pass);
  pass.counts.seconds = meter.seconds() - begin_seconds;
  return pass;
}

void label_ends(const Job& job, std::size_t input, Course& course, SampleTaker& taker) {
  const std::string& path = job.inputs[input];
  DayFileReader reader{obkit::store::open_input(path), obkit::display_name(path), job.bad_line,
                       course.depth, volumes_for(job)};
  Sample sample;
  while (course.labeller.oldest_input() != input && reader.next()) {
    course.labeller.push(reader.book(), input, reader.volumes_text());
    while (const auto of = course.labeller.take(sample))
      if (*of != input) taker.take(*of, sample);
    taker.reach(course.labeller.oldest_input(), course.depth);
  }
}

}  // namespace obdataset
