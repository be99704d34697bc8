#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/text.h"
#include "db/db.h"

namespace hotline::db {

namespace {

// The one table that belongs to db/ itself.
constexpr std::string_view kCreate =
    "CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY, digest TEXT NOT NULL, at BIGINT "
    "NOT NULL)";
constexpr std::string_view kApplied = "SELECT name, digest FROM migration";
constexpr std::string_view kRemember =
    "INSERT INTO migration (name, digest, at) VALUES ($1, $2, $3)";

struct File {
  std::string name, text;
};

Result<std::vector<File>> files_of(const std::string& folder) {
  std::vector<File> files;
  std::error_code trouble;
  for (const auto& entry : std::filesystem::directory_iterator(folder, trouble)) {
    if (entry.path().extension() != ".sql") continue;
    std::ifstream in(entry.path());
    std::stringstream text;
    text << in.rdbuf();
    files.push_back({entry.path().filename().string(), text.str()});
  }
  if (trouble || files.empty())
    return fail(ErrorKind::not_found, "The folder of migrations is missing or empty.");
  std::sort(files.begin(), files.end(),
            [](const File& a, const File& b) { return a.name < b.name; });
  return files;
}

/// The statements for one database; comments are dropped.
std::vector<std::string> statements(std::string_view text, bool postgresql) {
  std::vector<std::string> found;
  std::string statement;
  bool wanted = true;
  for (const std::string_view raw : split(text, '\n')) {
    std::string_view line = trim(raw);
    if (line == "-- @sqlite")
      wanted = !postgresql;
    else if (line == "-- @postgresql")
      wanted = postgresql;
    else if (line == "-- @both")
      wanted = true;
    if (const auto comment = line.find("--"); comment != line.npos)
      line = trim(line.substr(0, comment));
    if (!wanted || line.empty()) continue;
    statement += line;
    statement += '\n';
    if (line.ends_with(';')) {
      statement.resize(statement.size() - 2);
      found.push_back(std::exchange(statement, {}));
    }
  }
  if (!trim(statement).empty()) found.push_back(statement);
  return found;
}

Result<std::vector<File>> pending(Database& database, const std::string& folder) {
  TRY(files, files_of(folder));
  TRY(applied, database.transact([](Transaction& tx) -> Result<Rows> {
    TRY_DONE(tx.run(kCreate));
    return tx.run(kApplied);
  }));
  std::vector<File> missing;
  for (File& file : files) {
    const auto row = std::find_if(applied.begin(), applied.end(),
                                  [&](const Row& r) { return r.text(0) == file.name; });
    if (row == applied.end())
      missing.push_back(std::move(file));
    else if (row->text(1) != hex(crypto::sha256(file.text)))
      return fail(ErrorKind::corrupt,
                  "The migration " + file.name + " has changed since it was applied.");
  }
  return missing;
}

}  // namespace

Result<int> migrate(Database& database, const std::string& folder) {
  TRY(files, pending(database, folder));
  for (const File& file : files) {
    const Done done = database.transact([&](Transaction& tx) -> Done {
      for (const std::string& statement : statements(file.text, database.is_postgresql())) {
        const auto result = tx.run(statement);
        if (!result)
          return fail(ErrorKind::corrupt,
                      "The migration " + file.name + " failed: " + result.error().sentence);
      }
      TRY_DONE(
          tx.run(kRemember, {file.name, hex(crypto::sha256(file.text)), us(SystemClock().now())}));
      return {};
    });
    if (!done) return std::unexpected(done.error());
  }
  return static_cast<int>(files.size());
}

Result<std::vector<std::string>> pending_migrations(Database& database, const std::string& folder) {
  TRY(files, pending(database, folder));
  std::vector<std::string> names;
  for (const File& file : files) names.push_back(file.name);
  return names;
}

}  // namespace hotline::db
