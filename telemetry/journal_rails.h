// What each rail of supply delivered, in the journal: one row for each cycle and rail.
#pragma once

#include <span>

#include "telemetry/cycle_record.h"

struct sqlite3;

namespace torpor::telemetry {

class KeptStatements;

// Within the transaction of its cycle. SQLite's result.
int InsertRails(sqlite3* database, KeptStatements& statements, const CycleRecord& record);

// Gives each of these cycles, in ascending order, its rails, sorted by name. Leaves them
// without where the journal has no such table.
void ReadRails(sqlite3* database, std::span<CycleRecord> cycles);

}  // namespace torpor::telemetry
