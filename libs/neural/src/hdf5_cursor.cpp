#include "hdf5_cursor.hpp"

#include <cassert>

#include "obkit/core/error.hpp"

namespace obkit::neural {

std::uint64_t Hdf5Cursor::number(std::size_t size) {
  assert(size <= 8);
  const std::string_view bytes = take(size);
  std::uint64_t value = 0;
  for (std::size_t i = size; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

std::string_view Hdf5Cursor::take(std::uint64_t size) {
  if (size > rest_.size())
    fail("the file is cut or damaged: a part of it ends " + std::to_string(size - rest_.size()) +
         " bytes too early");
  const std::string_view bytes = rest_.substr(0, static_cast<std::size_t>(size));
  rest_.remove_prefix(bytes.size());
  return bytes;
}

void Hdf5Cursor::expect(std::string_view signature) {
  if (take(signature.size()) != signature)
    fail("the file is damaged: expected '" + std::string{signature} + "' where it points to");
}

void Hdf5Cursor::fail(std::string_view problem) const {
  throw DataError{{.name = *file_}, problem};
}

void Hdf5Bytes::visit(std::size_t structures) const {
  visits_ += structures;
  if (visits_ > most_visits)
    Hdf5Cursor{bytes_, *name_}.fail(
        "the file is damaged: its parts refer to each other without end");
}

Hdf5Cursor Hdf5Bytes::from(std::uint64_t address) const {
  visit(1);
  const Hdf5Cursor start{bytes_, *name_};
  if (address > bytes_.size())
    start.fail("the file is cut or damaged: it refers to what is behind its end");
  return start.within(bytes_.substr(static_cast<std::size_t>(address)));
}

Hdf5Cursor Hdf5Bytes::at(std::uint64_t address, std::uint64_t size) const {
  Hdf5Cursor cursor = from(address);
  return cursor.within(cursor.take(size));
}

}  // namespace obkit::neural
