// The table `residency` of a journal: a row for each sleep that somebody looked at.
#pragma once

#include <vector>

#include "telemetry/cycle_record.h"

struct sqlite3;

namespace torpor::telemetry {

class KeptStatements;

// Within the transaction of its cycle. SQLite's result.
int InsertSleep(sqlite3* database, KeptStatements& statements, const CycleRecord& record);

// Fills in what each record's row says. Of a journal without the table, nothing.
// `cycles` are in ascending order, and not none.
void ReadSleeps(sqlite3* database, std::vector<CycleRecord>& cycles);

}  // namespace torpor::telemetry
