#include "apps/hotline-fetch/browser.h"

#include <algorithm>
#include <thread>

#include "apps/hotline-fetch/devtools.h"
#include "base/text.h"

namespace hotline::fetch {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;

constexpr int kWidth = 1280;
constexpr int kHeightMax = 12000;
constexpr std::size_t kHtmlMax = 8u << 20;

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
  TRY_DONE(tools.call(
      "Emulation.setDeviceMetricsOverride",
      {{"width", kWidth}, {"height", 1024}, {"deviceScaleFactor", 1}, {"mobile", false}}, until));
  return {};
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
  TRY_DONE(open_page(tools, soon(show.deadline, 12s)));
  json::object navigation{{"url", show.url}};
  if (!show.referrer.empty()) {
    navigation["referrer"] = show.referrer;
    navigation["referrerPolicy"] = "unsafeUrl";
  }
  TRY(went, tools.call("Page.navigate", std::move(navigation), soon(show.deadline, 15s)));
  if (const auto error = text_at(went, "errorText"); error && !error->empty())
    return fail(ErrorKind::unavailable, "the browser could not load it: " + clip_utf8(*error, 80));
  Shown shown;
  if (!tools.wait_for("Page.loadEventFired", soon(show.deadline, 12s)))
    shown.note = "The page was still loading when the picture of it was taken.";
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
  jail.end();
  if (shown.screenshot.empty() && shown.html.empty())
    return fail(ErrorKind::unavailable, "the page did not let the browser finish");
  if (shown.screenshot.empty()) shown.note = "The browser gave no picture of the page.";
  return shown;
}

}  // namespace hotline::fetch
