#include "telemetry/sqlite.h"

#include <algorithm>
#include <cerrno>
#include <cmath>

namespace torpor::telemetry {
namespace {

// SQLite takes lengths as int; nothing of ours comes near, and what does is refused.
constexpr std::size_t kLongestValue = std::size_t{1} << 24;

}  // namespace

Statement::Statement(sqlite3* database, std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  result_ = sqlite3_prepare_v2(database, sql.data(), static_cast<int>(sql.size()),
                               &statement, nullptr);
  statement_.reset(statement);
}

bool Statement::Rewind() {
  if (statement_ == nullptr) return false;
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
  result_ = SQLITE_OK;
  return true;
}

Statement& KeptStatements::Of(sqlite3* database, std::string_view sql) {
  const auto kept =
      std::ranges::find(kept_, sql, &std::pair<std::string_view, Statement>::first);
  if (kept == kept_.end()) {
    return kept_.emplace_back(sql, Statement(database, sql)).second;
  }
  if (!kept->second.Rewind()) kept->second = Statement(database, sql);
  return kept->second;
}

int Statement::Step() {
  if (result_ != SQLITE_OK && result_ != SQLITE_ROW) return result_;
  result_ = sqlite3_step(statement_.get());
  return result_;
}

int Statement::Run() {
  while (Next()) {
  }
  const int outcome = result_;
  sqlite3_reset(statement_.get());
  if (outcome == SQLITE_DONE) result_ = SQLITE_OK;
  return outcome == SQLITE_DONE ? SQLITE_OK : outcome;
}

std::int64_t Statement::Integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::optional<std::int64_t> Statement::IntegerIfAny(int column) const {
  if (sqlite3_column_type(statement_.get(), column) == SQLITE_NULL) return std::nullopt;
  return Integer(column);
}

double Statement::Real(int column) const {
  return sqlite3_column_double(statement_.get(), column);
}

std::string Statement::Text(int column) const {
  const std::span<const std::byte> bytes = Bytes(column);
  std::string text(bytes.size(), '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) text[i] = static_cast<char>(bytes[i]);
  return text;
}

std::span<const std::byte> Statement::Bytes(int column) const {
  const void* data = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  if (data == nullptr || size <= 0) return {};
  return {static_cast<const std::byte*>(data), static_cast<std::size_t>(size)};
}

void Statement::BindOne(int index, double value) {
  Keep(std::isfinite(value) ? sqlite3_bind_double(statement_.get(), index, value)
                            : sqlite3_bind_null(statement_.get(), index));
}

void Statement::BindOne(int index, std::string_view value) {
  if (value.size() > kLongestValue) return Keep(SQLITE_TOOBIG);
  Keep(sqlite3_bind_text64(statement_.get(), index, value.empty() ? "" : value.data(),
                           value.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
}

void Statement::BindOne(int index, std::span<const std::byte> value) {
  if (value.size() > kLongestValue) return Keep(SQLITE_TOOBIG);
  if (value.empty()) return Keep(sqlite3_bind_zeroblob(statement_.get(), index, 0));
  Keep(sqlite3_bind_blob64(statement_.get(), index, value.data(), value.size(),
                           SQLITE_TRANSIENT));
}

int Execute(sqlite3* database, const std::string& sql) {
  return sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr);
}

std::int64_t AskInteger(sqlite3* database, std::string_view sql, std::int64_t otherwise) {
  Statement statement(database, sql);
  return statement.Next() ? statement.Integer(0) : otherwise;
}

std::string AskText(sqlite3* database, std::string_view sql) {
  Statement statement(database, sql);
  return statement.Next() ? statement.Text(0) : std::string();
}

Status Why(sqlite3* database, int result) {
  // SQLite forgets the system's reason when it is COMMIT that fails; errno still holds
  // it.
  const int latest = errno;
  const int recorded = sqlite3_system_errno(database);
  const int system = recorded != 0 ? recorded : latest;
  switch (result & 0xFF) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
      return Status::kOk;
    case SQLITE_FULL:
      return Status::kJournalFull;
    case SQLITE_IOERR:
      // A quota and a limit on the size of a file are a full disk to us.
      return system == ENOSPC || system == EDQUOT || system == EFBIG
                 ? Status::kJournalFull
                 : Status::kIo;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Status::kJournalCorrupt;
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Status::kJournalOpen;
    default:
      return Status::kInternal;
  }
}

}  // namespace torpor::telemetry
