#include "apps/hotline-fetch/browser.h"

#include <algorithm>
#include <map>
#include <thread>

#include "apps/hotline-fetch/devtools.h"
#include "apps/hotline-fetch/web_client.h"
#include "base/text.h"

namespace hotline::fetch {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;

constexpr int kWidth = 1280;
constexpr int kHeightMax = 12000;
constexpr std::size_t kHtmlMax = 8u << 20;
constexpr std::size_t kResourcesMax = 500;

TimePoint soon(TimePoint deadline, std::chrono::milliseconds time) {
  return std::min(deadline, Clock::now() + time);
}

// Text of an expression, evaluated in the page. A page can overwrite anything that is called
// here: then it only lies about itself.
std::string evaluate(DevTools& tools, std::string_view expression, TimePoint until) {
  const auto result = tools.call("Runtime.evaluate",
                                 {{"expression", expression},
                                  {"returnByValue", true},
                                  {"awaitPromise", true},
                                  {"timeout", 5000}},
                                 until);
  if (!result) return {};
  const auto* value = member(*result, "result");
  return value != nullptr ? text_at(*value, "value").value_or("") : "";
}

Done open_page(DevTools& tools, TimePoint until) {
  TRY(target, tools.call("Target.createTarget", {{"url", "about:blank"}}, until));
  TRY(attached,
      tools.call("Target.attachToTarget",
                 {{"targetId", text_at(target, "targetId").value_or("")}, {"flatten", true}},
                 until));
  const auto session = text_at(attached, "sessionId");
  if (!session) return fail(ErrorKind::unavailable, "the browser opened no page");
  (void)tools.call("Browser.setDownloadBehavior", {{"behavior", "deny"}}, until);
  tools.use_session(*session);
  TRY_DONE(tools.call("Page.enable", {}, until));
  TRY_DONE(tools.call("Network.enable", {{"maxTotalBufferSize", 0}}, until));
  TRY_DONE(tools.call(
      "Emulation.setDeviceMetricsOverride",
      {{"width", kWidth}, {"height", 1024}, {"deviceScaleFactor", 1}, {"mobile", false}}, until));
  return {};
}

// Who loads what, as the browser tells it: one line a request, in order.
class ResourceList {
 public:
  void take(std::string_view event, const json::value& parameters) {
    if (event == "Network.webSocketCreated") {
      add({.url = text_at(parameters, "url").value_or(""), .kind = "websocket"}, "");
    } else if (event == "Network.requestWillBeSent") {
      const auto* request = member(parameters, "request");
      if (request == nullptr) return;
      add({.url = text_at(*request, "url").value_or(""),
           .kind = lower_ascii(text_at(parameters, "type").value_or("other"))},
          text_at(parameters, "requestId").value_or(""));
    } else if (event == "Network.responseReceived") {
      const auto* response = member(parameters, "response");
      const auto found = by_id_.find(text_at(parameters, "requestId").value_or(""));
      if (response == nullptr || found == by_id_.end()) return;
      auto& resource = all_[found->second];
      resource.status = static_cast<int>(integer_at(*response, "status").value_or(0));
      resource.content_type =
          clip_utf8(clean_utf8(text_at(*response, "mimeType").value_or("")), 100);
    }
  }
  [[nodiscard]] std::vector<net::Resource> all() const { return all_; }

 private:
  void add(net::Resource resource, const std::string& id) {
    if (all_.size() >= kResourcesMax || resource.url.starts_with("data:")) return;
    resource.url = clip_utf8(clean_utf8(resource.url), 2000);
    if (!id.empty()) by_id_[id] = all_.size();
    all_.push_back(std::move(resource));
  }

  std::vector<net::Resource> all_;
  std::map<std::string, std::size_t> by_id_;
};

Done present(DevTools& tools, const Show& show, TimePoint until) {
  // Headless Chromium names itself otherwise, and sites look for that.
  json::object manner{{"userAgent", show.agent.empty() ? kBrowserAgent : show.agent}};
  if (!show.locale.empty()) manner["acceptLanguage"] = show.locale;
  TRY_DONE(tools.call("Emulation.setUserAgentOverride", std::move(manner), until));
  json::array cookies;
  for (const auto cookie : split(show.cookies, ';')) {
    const auto equals = cookie.find('=');
    if (equals == std::string_view::npos) continue;
    cookies.push_back(json::object{{"name", trim(cookie.substr(0, equals))},
                                   {"value", trim(cookie.substr(equals + 1))},
                                   {"url", show.url}});
  }
  if (!cookies.empty())
    TRY_DONE(tools.call("Network.setCookies", {{"cookies", std::move(cookies)}}, until));
  return {};
}

// One page of the way there, or the page itself. Says whether it finished loading.
Result<bool> navigate(DevTools& tools, const std::string& url, const std::string& referrer,
                      TimePoint deadline) {
  tools.forget_events();
  json::object navigation{{"url", url}};
  if (!referrer.empty()) {
    navigation["referrer"] = referrer;
    navigation["referrerPolicy"] = "unsafeUrl";
  }
  TRY(went, tools.call("Page.navigate", std::move(navigation), soon(deadline, 15s)));
  if (const auto error = text_at(went, "errorText"); error && !error->empty())
    return fail(ErrorKind::unavailable, "the browser could not load it: " + clip_utf8(*error, 80));
  return tools.wait_for("Page.loadEventFired", soon(deadline, 12s));
}

// Pictures that load late come when somebody scrolls.
constexpr std::string_view kScroll = R"js((async () => {
  const pause = ms => new Promise(done => setTimeout(done, ms));
  for (let y = 0, step = 0; y < Math.min(document.documentElement.scrollHeight, 12000) && step < 20;
       y += 1000, ++step) { scrollTo(0, y); await pause(40); }
  scrollTo(0, 0);
  for (let i = 0; i < 30; ++i) {
    if ([...document.images].every(image => image.complete)) break;
    await pause(100);
  }
  return "";
})())js";

std::string screenshot(DevTools& tools, TimePoint until) {
  int height = 1024;
  if (const auto metrics = tools.call("Page.getLayoutMetrics", {}, soon(until, 5s))) {
    const auto* size = member(*metrics, "cssContentSize");
    const auto* tall = size != nullptr ? member(*size, "height") : nullptr;
    if (tall != nullptr && tall->is_number())
      height = static_cast<int>(std::clamp(tall->to_number<double>(), 100.0, double{kHeightMax}));
  }
  const auto shot = tools.call(
      "Page.captureScreenshot",
      {{"format", "png"},
       {"captureBeyondViewport", true},
       {"clip",
        json::object{{"x", 0}, {"y", 0}, {"width", kWidth}, {"height", height}, {"scale", 1}}}},
      soon(until, 10s));
  if (!shot) return {};
  return unbase64(text_at(*shot, "data").value_or("")).value_or("");
}

}  // namespace

Result<Shown> show(BrowserJail& jail, const Show& show) {
  TRY_DONE(jail.launch());
  DevTools tools(jail.requests(), jail.answers());
  ResourceList resources;
  tools.on_event([&](std::string_view event, const json::value& parameters) {
    resources.take(event, parameters);
  });
  TRY_DONE(open_page(tools, soon(show.deadline, 12s)));
  TRY_DONE(present(tools, show, soon(show.deadline, 5s)));
  std::string before;
  for (const auto& page : show.via) {
    // A page of the way that does not answer is no reason not to go on.
    (void)navigate(tools, page, before, soon(show.deadline, 6s));
    before = page;
  }
  resources = {};
  Shown shown;
  TRY(loaded, navigate(tools, show.url, show.referrer, show.deadline));
  if (!loaded) shown.note = "The page was still loading when the picture of it was taken.";
  (void)evaluate(tools, kScroll, soon(show.deadline, 6s));
  std::this_thread::sleep_for(std::min<Clock::duration>(
      300ms, std::max<Clock::duration>(show.deadline - Clock::now(), 0ms)));
  shown.screenshot = screenshot(tools, show.deadline);
  const auto until = soon(show.deadline, 6s);
  shown.title = clip_utf8(clean_utf8(evaluate(tools, "String(document.title)", until)), 300);
  shown.text = clip_utf8(
      clean_utf8(evaluate(
          tools, "String(document.body ? document.body.innerText : '').slice(0,70000)", until)),
      64 * 1024);
  shown.url = evaluate(tools, "String(document.baseURI)", until);
  shown.html = evaluate(tools, "document.documentElement.outerHTML.slice(0,8000000)", until);
  if (shown.html.size() > kHtmlMax) shown.html.resize(kHtmlMax);
  shown.resources = resources.all();
  jail.end();
  if (shown.screenshot.empty() && shown.html.empty())
    return fail(ErrorKind::unavailable, "the page did not let the browser finish");
  if (shown.screenshot.empty()) shown.note = "The browser gave no picture of the page.";
  return shown;
}

}  // namespace hotline::fetch
