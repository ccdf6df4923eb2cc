// How results show what proves that a server's table has a store's rows.

#ifndef ORDERSTORE_TOOLS_PROOF_TEXT_H_
#define ORDERSTORE_TOOLS_PROOF_TEXT_H_

#include <string>

#include "nlohmann/json.hpp"
#include "sql/proof.h"
#include "sql/schema.h"

namespace orderstore::tools {

// A line: `barcodes 3 4711 4`, the table's rows, digest and next id, or `-`.
std::string ProofLine(sql::Table table, const sql::TableProof& proof);

// {"rows": 3, "digest": "4711", "next_id": 4}
nlohmann::ordered_json ProofJson(const sql::TableProof& proof);

}  // namespace orderstore::tools

#endif  // ORDERSTORE_TOOLS_PROOF_TEXT_H_
