// hotline capture: a look that is kept, as an archive that others can read and check.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iterator>

#include "apps/hotline/commands.h"
#include "base/text.h"
#include "net/exits.h"
#include "net/recipe.h"
#include "net/warc.h"
#include "url/url.h"

namespace hotline::cli {

namespace {

/// What is being done, on a terminal only: one line that is written over.
void progress(std::string_view doing) {
  if (::isatty(2) != 0)
    std::fprintf(stderr, "\r\033[K%.*s", static_cast<int>(doing.size()), doing.data());
}

Result<std::string> whole_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(ErrorKind::not_found, "The file " + path + " cannot be read.");
  return std::string(std::istreambuf_iterator<char>(in), {});
}

/// New, and for nobody else to read.
Done keep_file(const std::string& path, std::string_view bytes) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0)
    return fail(ErrorKind::conflict, "The file " + path + " is there already or cannot be made.");
  std::size_t done = 0;
  while (done < bytes.size()) {
    const auto written = ::write(fd, bytes.data() + done, bytes.size() - done);
    if (written <= 0) break;
    done += static_cast<std::size_t>(written);
  }
  const bool good = done == bytes.size() && ::fsync(fd) == 0;
  ::close(fd);
  if (!good) return fail(ErrorKind::unavailable, "The file " + path + " could not be written.");
  return {};
}

Result<net::Recipe> recipe_of(const Options& options) {
  json::object object;
  if (options.has("recipe")) {
    TRY(text, whole_file(options.get("recipe")));
    TRY(value, parse_json(text));
    if (!value.is_object()) return fail(ErrorKind::invalid, "A recipe is a JSON object.");
    object = value.get_object();
  }
  for (const char* key : {"referrer", "locale", "agent", "exit"})
    if (options.has(key)) object[key] = options.get(key);
  for (const auto& [option, key] : {std::pair{"via", "via"}, std::pair{"cookie", "cookies"}}) {
    json::array lines;
    for (const auto& line : options.all(option)) lines.emplace_back(line);
    if (!lines.empty()) object[key] = std::move(lines);
  }
  return net::read_recipe(object);
}

class Capturing {
 public:
  Capturing(const Options& options, const Settings& settings, std::string address)
      : options_(options),
        settings_(settings),
        address_(std::move(address)),
        fetcher_(net::open_jailed_fetcher(
            program_folder() + "/hotline-fetch", options.get("config"),
            settings.duration("capture.deadline") + std::chrono::seconds(20))) {}

  Result<int> run() {
    TRY(recipe, recipe_of(options_));
    TRY_DONE(may_begin(recipe));
    const Instant begun = SystemClock().now();
    if (options_.has("minimise")) TRY_DONE(minimise(recipe));
    if (options_.has("probe")) TRY_DONE(probe());
    progress("Looking at the page...");
    auto request = net::follow({.url = address_}, recipe);
    request.browser = !options_.has("no-browser");
    request.exchanges = true;
    TRY(capture, fetcher_->look(request));
    line_["capture"] = net::summary(capture);
    line_["recipe"] = net::recipe_json(recipe);
    if (options_.has("warc")) {
      TRY_DONE(keep_file(
          options_.get("warc"),
          net::write_warc(capture, {.address = address_,
                                    .maker = "Hotline (" + settings_.text("hotline.name") + ")",
                                    .recipe = recipe,
                                    .at = begun})));
      talk_ += "  archive written to " + options_.get("warc") + "\n";
    }
    progress("");
    print(capture);
    return capture.verdict == net::FetchVerdict::answered ? kGood : kWarning;
  }

 private:
  /// What the caller got wrong is said before anybody is looked at.
  Done may_begin(const net::Recipe& recipe) const {
    TRY(exits, net::parse_exits(settings_.list("net.exits")));
    if (!recipe.exit.empty()) TRY_DONE(net::choose_exit(exits, recipe.exit, ""));
    if (options_.has("warc") && ::access(options_.get("warc").c_str(), F_OK) == 0)
      return fail(ErrorKind::conflict, "The file " + options_.get("warc") + " is there already.");
    return {};
  }

  Done minimise(net::Recipe& recipe) {
    if (recipe.empty())
      return fail(ErrorKind::invalid, "There is no recipe to make smaller: say --referrer or so.");
    progress("Trying what of the recipe is needed...");
    TRY(unmasking, net::unmask(*fetcher_, {.url = address_, .browser = false}, recipe));
    line_["disguised"] = unmasking.disguised;
    line_["steady"] = unmasking.steady;
    line_["looks"] = unmasking.looks;
    line_["plain"] = net::summary(unmasking.plain);
    if (!unmasking.disguised)
      talk_ += "  not disguised: without the recipe it shows the same\n";
    else if (!unmasking.steady)
      talk_ += "  restless: it shows something else each time, so the recipe stays as it is\n";
    else
      talk_ += "  disguised: what it looks for is " + unmasking.smallest.parts() + ": " +
               json::serialize(net::recipe_json(unmasking.smallest)) + "\n";
    if (unmasking.disguised && unmasking.steady) recipe = unmasking.smallest;
    return {};
  }

  /// Who sees something else than a plain visitor?
  Done probe() {
    TRY(exits, net::parse_exits(settings_.list("net.exits")));
    std::vector<std::string> names;
    for (std::size_t i = 1; i < exits.size(); ++i) names.push_back(exits[i].name);
    progress("Looking as a plain visitor...");
    TRY(plain, fetcher_->look({.url = address_, .browser = false}));
    json::array others;
    int tried = 0;
    for (const auto& recipe : net::usual_recipes(names)) {
      progress("Trying disguises: " + recipe.parts() + " (" + std::to_string(++tried) + ")...");
      TRY(seen, fetcher_->look(net::follow({.url = address_, .browser = false}, recipe)));
      if (net::shows_same(seen, plain)) continue;
      others.push_back(net::recipe_json(recipe));
      talk_ += "  shows something else to: " + json::serialize(net::recipe_json(recipe)) + "\n";
    }
    if (others.empty()) talk_ += "  shows everybody the same, as far as we tried\n";
    line_["shows_else_to"] = std::move(others);
    return {};
  }

  static std::string status_of(int status) {
    return status == 0 ? "" : " " + std::to_string(status);
  }

  void print(const net::Capture& capture) {
    if (options_.has("json")) {
      std::printf("%s\n", json::serialize(line_).c_str());
      return;
    }
    std::string out = std::string(net::name(capture.verdict)) + status_of(capture.status) + " " +
                      defang(capture.final_url) + "\n";
    if (!capture.sentence.empty()) out += "  " + capture.sentence + "\n";
    out += talk_;
    for (const auto& hop : capture.hops)
      out += "  " + defang(hop.url) + (hop.ip.empty() ? "" : " " + hop.ip) + status_of(hop.status) +
             (hop.note.empty() ? "" : " (" + hop.note + ")") + "\n";
    if (capture.status != 0) {
      out += "  " + std::to_string(capture.media.size()) + " media";
      if (!capture.resources.empty())
        out += ", " + std::to_string(capture.resources.size()) + " resources";
      if (!capture.screenshot.empty())
        out +=
            ", screenshot of " + std::to_string((capture.screenshot.size() + 1023) / 1024) + " KiB";
      out += ", by exit " + capture.exit + "\n";
    }
    if (!capture.fingerprints.structure.empty())
      out += "  structure " + capture.fingerprints.structure + "\n";
    std::fputs(out.c_str(), stdout);
  }

  const Options& options_;
  const Settings& settings_;
  std::string address_;
  std::unique_ptr<net::Fetcher> fetcher_;
  json::object line_;
  std::string talk_;
};

Result<int> check_archive(const std::string& path, bool as_json) {
  TRY(bytes, whole_file(path));
  TRY(records, net::read_warc(bytes));
  int checked = 0;
  for (const auto& record : records) {
    checked += record.checked ? 1 : 0;
    if (as_json)
      std::printf("%s\n", json::serialize(json::object{{"type", record.type},
                                                       {"id", record.id},
                                                       {"date", record.date},
                                                       {"target", record.target},
                                                       {"content_type", record.content_type},
                                                       {"bytes", record.block.size()},
                                                       {"checked", record.checked}})
                              .c_str());
    else
      std::printf("%-9s %10zu %s %s\n", record.type.c_str(), record.block.size(),
                  record.checked ? "right " : "no sum", defang(record.target).c_str());
  }
  std::fprintf(stderr, "%zu records, %d digests right, none wrong.\n", records.size(), checked);
  return kGood;
}

Result<int> run_capture(const Arguments& arguments) {
  TRY(options, Options::read(arguments,
                             {"config", "dir", "recipe", "referrer", "via", "cookie", "locale",
                              "agent", "exit", "warc"},
                             {"json", "no-browser", "minimise", "probe"}));
  const auto& words = options.words();
  if (words.size() == 2 && words[0] == "check") return check_archive(words[1], options.has("json"));
  if (words.size() != 1)
    return fail(ErrorKind::invalid, "Say one address; `hotline capture --help` has examples.");
  TRY(settings, settings_of(options));
  TRY(address, url::canonical_from_report(words[0]));
  return Capturing(options, settings, address).run();
}

}  // namespace

int capture(const Arguments& arguments) {
  const auto done = run_capture(arguments);
  if (done) return *done;
  progress("");
  return refuse(done.error());
}

}  // namespace hotline::cli
