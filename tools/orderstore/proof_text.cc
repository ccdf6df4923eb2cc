#include "proof_text.h"

#include "absl/strings/str_cat.h"

namespace orderstore::tools {

std::string ProofLine(sql::Table table, const sql::TableProof& proof) {
  return absl::StrCat(std::string(sql::NameOf(table)), " ", proof.rows, " ",
                      proof.digest, " ",
                      proof.next_id ? absl::StrCat(*proof.next_id) : "-", "\n");
}

nlohmann::ordered_json ProofJson(const sql::TableProof& proof) {
  using Json = nlohmann::ordered_json;
  return {{"rows", proof.rows},
          {"digest", proof.digest},
          {"next_id", proof.next_id ? Json(*proof.next_id) : Json()}};
}

}  // namespace orderstore::tools
