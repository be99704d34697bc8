#include "db/db.h"

#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/text.h"
#include "db/session.h"

namespace hotline::db {

namespace {
constexpr int kAttempts = 20;
}

std::int64_t Row::integer(std::size_t column) const {
  if (is_null(column)) return 0;
  const auto number = parse_integer(*cells_.at(column));
  CHECK(number.has_value());
  return *number;
}

std::optional<std::int64_t> Row::maybe_integer(std::size_t column) const {
  if (is_null(column)) return std::nullopt;
  return integer(column);
}

Result<Rows> Transaction::run(std::string_view sql, const Values& values) {
  return session_.run(sql, values, nullptr);
}

Result<std::int64_t> Transaction::change(std::string_view sql, const Values& values) {
  std::int64_t changed = 0;
  TRY_DONE(session_.run(sql, values, &changed));
  return changed;
}

struct Database::Pool {
  std::string url;
  std::mutex lock;
  std::condition_variable freed;
  std::vector<std::unique_ptr<Session>> free;
  bool postgresql = false;

  std::unique_ptr<Session> take() {
    std::unique_lock hold(lock);
    freed.wait(hold, [&] { return !free.empty(); });
    auto session = std::move(free.back());
    free.pop_back();
    return session;
  }
  void give_back(std::unique_ptr<Session> session) {
    // A lost connection is replaced; if that fails it goes back as it is and is tried next time.
    if (session->is_lost())
      if (auto fresh = Session::connect(url)) session = std::move(*fresh);
    {
      const std::lock_guard hold(lock);
      free.push_back(std::move(session));
    }
    freed.notify_one();
  }
};

Result<std::unique_ptr<Database>> Database::open(const std::string& url, int connections) {
  auto pool = std::make_unique<Pool>();
  pool->url = url;
  // Every connection to ":memory:" would be a database of its own.
  if (url == "sqlite::memory:") connections = 1;
  for (int i = 0; i < connections; ++i) {
    TRY(session, Session::connect(url));
    pool->postgresql = session->is_postgresql();
    pool->free.push_back(std::move(session));
  }
  return std::unique_ptr<Database>(new Database(std::move(pool)));
}

Database::Database(std::unique_ptr<Pool> pool) : pool_(std::move(pool)) {}
Database::~Database() = default;
bool Database::is_postgresql() const {
  return pool_->postgresql;
}

Done Database::in_transaction(bool writes, const std::function<Done(Transaction&)>& work) {
  struct Borrowed {
    Pool& pool;
    std::unique_ptr<Session> session;
    ~Borrowed() { pool.give_back(std::move(session)); }
  } borrowed{*pool_, pool_->take()};
  Session& session = *borrowed.session;
  for (int attempt = 0;; ++attempt) {
    Done done = session.begin(writes);
    if (done) {
      Transaction tx(session);
      done = work(tx);
      if (done && session.failure()) done = std::unexpected(*session.failure());
      if (done) done = session.commit();
      if (!done) session.rollback();
    }
    if (done || !session.wants_retry() || attempt + 1 == kAttempts) return done;
    std::this_thread::sleep_for(std::chrono::milliseconds(5 * (attempt + 1)));
  }
}

}  // namespace hotline::db
