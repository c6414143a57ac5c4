// SQLite with ends that close themselves: one statement, bound and stepped, for the files
// of this folder only. Nothing here throws; a failed step is a number that Why() turns
// into a Status.
#pragma once

#include <sqlite3.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "core/status.h"

namespace torpor::telemetry {

// One SQL statement, finalised with its scope. Columns and parameters count as SQLite
// counts them: parameters from 1, columns from 0.
class Statement {
 public:
  Statement(sqlite3* database, std::string_view sql);

  // Binds every argument in turn: integers (none becomes NULL), floating point (not a
  // number becomes NULL), text or bytes. Text and bytes are copied.
  template <class... Values>
  Statement& Bind(const Values&... values) {
    int index = 1;
    (BindOne(index++, values), ...);
    return *this;
  }

  // SQLITE_ROW, SQLITE_DONE or the reason why not; remembers a failed preparation.
  int Step();
  // True while there are rows.
  bool Next() { return Step() == SQLITE_ROW; }
  // Runs a statement that gives no rows, and makes it ready to be bound again.
  int Run();
  // As if it had just been compiled; false when it never was.
  bool Rewind();
  [[nodiscard]] int result() const { return result_; }

  [[nodiscard]] std::int64_t Integer(int column) const;
  [[nodiscard]] std::optional<std::int64_t> IntegerIfAny(int column) const;
  [[nodiscard]] double Real(int column) const;
  [[nodiscard]] std::string Text(int column) const;
  [[nodiscard]] std::span<const std::byte> Bytes(int column) const;

 private:
  void BindOne(int index, std::integral auto value) {
    Keep(sqlite3_bind_int64(statement_.get(), index, static_cast<std::int64_t>(value)));
  }
  void BindOne(int index, std::optional<std::int64_t> value) {
    Keep(value ? sqlite3_bind_int64(statement_.get(), index, *value)
               : sqlite3_bind_null(statement_.get(), index));
  }
  void BindOne(int index, double value);
  void BindOne(int index, std::string_view value);
  void BindOne(int index, std::span<const std::byte> value);
  void Keep(int result) {
    if (result_ == SQLITE_OK) result_ = result;
  }

  struct Finalise {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  std::unique_ptr<sqlite3_stmt, Finalise> statement_;
  int result_ = SQLITE_OK;
};

// Statements that are run again and again, compiled once: compiling one costs more than
// running it.
class KeptStatements {
 public:
  // The one of this text, ready to be bound. It is the same one each time: whoever asks
  // for it is done with it before the next does. `sql` outlives this.
  Statement& Of(sqlite3* database, std::string_view sql);
  // Before the database that they are of is closed.
  void Forget() { kept_.clear(); }

 private:
  std::deque<std::pair<std::string_view, Statement>> kept_;  // which never moves them
};

// Runs SQL that gives no rows, several statements if need be.
int Execute(sqlite3* database, const std::string& sql);

// The one integer a query gives; `otherwise` if it gives none.
std::int64_t AskInteger(sqlite3* database, std::string_view sql,
                        std::int64_t otherwise = -1);
// The one text a query gives; empty if it gives none.
std::string AskText(sqlite3* database, std::string_view sql);

// What a result means, asked right after the call that gave it, with errno cleared
// before.
//   kJournalFull     no room: of the disk, of a quota, of a file's size, of the journal
//   kJournalCorrupt  not a database, or a damaged one
//   kJournalOpen     cannot be opened, is read-only, or is held by another process
//   kIo              the disk fails
//   kInternal        anything else: a fault of ours
[[nodiscard]] Status Why(sqlite3* database, int result);

}  // namespace torpor::telemetry
