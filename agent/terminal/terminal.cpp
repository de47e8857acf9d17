// SPDX-License-Identifier: Apache-2.0
#include "terminal/terminal.h"

#include <langinfo.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <clocale>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "terminal/signals.h"
#include "terminal/terminal_type.h"

// Last: curses defines macros of many names.
#define NCURSES_NOMACROS 1
#define NCURSES_WIDECHAR 1
#include <curses.h>

namespace smtscope {
namespace {

constexpr const char* kInstead =
    "`smtscope stat --interval 1s` prints one result after the other, `smtscope report` makes a page";
constexpr int kEscapeDelayMs = 25;  // how long an Esc may be the beginning of a key's sequence

bool coloured() {
  const char* no = std::getenv("NO_COLOR");
  return (!no || !*no) && has_colors();
}

void begin_colours() {
  if (!coloured() || start_color() == ERR) return;
  const short background = use_default_colors() == OK ? short{-1} : short{COLOR_BLACK};
  const auto pair = [&](Style style, short colour) { init_pair(static_cast<short>(style), colour, background); };
  pair(Style::warning, COLOR_YELLOW);
  pair(Style::single, COLOR_GREEN);
  pair(Style::partial, COLOR_YELLOW);
  pair(Style::all_busy, COLOR_RED);
  pair(Style::unknown, COLOR_MAGENTA);
}

chtype attributes(Style style) {
  const auto colour = [&](Style s) { return coloured() ? static_cast<chtype>(COLOR_PAIR(static_cast<int>(s))) : 0; };
  switch (style) {
    case Style::plain: return A_NORMAL;
    case Style::dim:
    case Style::idle: return A_DIM;
    case Style::strong: return A_BOLD;
    case Style::title:
    case Style::selected: return A_REVERSE;
    case Style::header: return A_BOLD | A_UNDERLINE;
    case Style::warning:
    case Style::all_busy: return A_BOLD | colour(style);
    case Style::single:
    case Style::partial:
    case Style::unknown: return colour(style);
  }
  return A_NORMAL;
}

// Where the terminal cannot show it: a question mark a character.
std::string ascii(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    if (byte < 0x80) out += c;
    else if ((byte & 0xC0) != 0x80) out += '?';
  }
  return out;
}

std::optional<KeyName> named(wint_t code) {
  static constexpr std::array<std::pair<wint_t, KeyName>, 12> kNames = {{{KEY_UP, KeyName::up},
                                                                         {KEY_DOWN, KeyName::down},
                                                                         {KEY_LEFT, KeyName::left},
                                                                         {KEY_RIGHT, KeyName::right},
                                                                         {KEY_PPAGE, KeyName::page_up},
                                                                         {KEY_NPAGE, KeyName::page_down},
                                                                         {KEY_HOME, KeyName::home},
                                                                         {KEY_END, KeyName::end},
                                                                         {KEY_ENTER, KeyName::enter},
                                                                         {KEY_BTAB, KeyName::back_tab},
                                                                         {KEY_BACKSPACE, KeyName::backspace},
                                                                         {KEY_FIND, KeyName::home}}};
  for (const auto& [key, name] : kNames)
    if (key == code) return name;
  if (code == KEY_SELECT) return KeyName::end;  // what some terminals send
  return std::nullopt;
}

std::optional<KeyName> control(wint_t code) {
  switch (code) {
    case '\r':
    case '\n': return KeyName::enter;
    case '\t': return KeyName::tab;
    case 27: return KeyName::escape;
    case 8:
    case 127: return KeyName::backspace;
    default: return std::nullopt;
  }
}

int milliseconds_until(uint64_t deadline_ns) {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const uint64_t now_ns = static_cast<uint64_t>(now.tv_sec) * 1'000'000'000ull + static_cast<uint64_t>(now.tv_nsec);
  if (deadline_ns <= now_ns) return 0;
  return static_cast<int>(std::min<uint64_t>((deadline_ns - now_ns + 999'999) / 1'000'000, 60'000));
}

void enter() {
  cbreak();
  noecho();
  nonl();
  keypad(stdscr, TRUE);
  nodelay(stdscr, TRUE);
  scrollok(stdscr, FALSE);
  curs_set(0);
}

}  // namespace

Result<> Terminal::check() {
  if (!isatty(STDOUT_FILENO)) return fail(ErrorKind::usage, "top needs a terminal, and stdout is none", kInstead);
  if (!isatty(STDIN_FILENO)) return fail(ErrorKind::usage, "top reads keys, and stdin is no terminal", kInstead);
  return check_terminal_type(kInstead);
}

Result<Terminal> Terminal::take() {
  if (auto r = check(); !r) return Failure(r.error());
  // Of characters alone: numbers keep their point.
  std::setlocale(LC_CTYPE, "");
  const bool utf8 = std::strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
  if (auto r = SignalWatch::begin(); !r) return Failure(r.error());
  if (!newterm(nullptr, stdout, stdin)) {
    SignalWatch::end();
    return fail(ErrorKind::usage, "the terminal cannot be taken", kInstead);
  }
  remember_terminal_reset();
  set_escdelay(kEscapeDelayMs);
  enter();
  begin_colours();
  return Terminal(utf8);
}

Terminal::Terminal(Terminal&& other) noexcept : utf8_(other.utf8_), owner_(std::exchange(other.owner_, false)) {}

Terminal::~Terminal() {
  if (!owner_) return;
  if (!has_alternate_screen()) {
    // The picture stays: the shell goes on in its last line.
    ::move(getmaxy(stdscr) - 1, 0);
    clrtoeol();
    refresh();
  }
  endwin();
  set_terminal_reset(nullptr, 0);
  SignalWatch::end();
}

TopSize Terminal::size() const {
  return {static_cast<size_t>(std::max(1, getmaxy(stdscr))), static_cast<size_t>(std::max(1, getmaxx(stdscr)))};
}

void Terminal::redraw() { clearok(stdscr, TRUE); }

void Terminal::paint(const std::vector<StyledLine>& lines) const {
  erase();
  const TopSize now = size();
  for (size_t y = 0; y < lines.size() && y < now.rows; y++) {
    // A name that curses takes for wider than we do may have run into this line.
    ::move(static_cast<int>(y), 0);
    clrtoeol();
    for (const Span& span : lines[y]) {
      attrset(static_cast<int>(attributes(span.style)));
      addstr(utf8_ ? span.text.c_str() : ascii(span.text).c_str());
    }
  }
  attrset(A_NORMAL);
  refresh();
}

std::optional<TopKey> Terminal::read_key() {
  wint_t code = 0;
  const int kind = get_wch(&code);
  if (kind == ERR) return std::nullopt;
  if (kind == KEY_CODE_YES) {
    const auto name = named(code);
    return name ? std::optional(TopKey{*name, 0}) : std::nullopt;
  }
  if (const auto name = control(code)) return TopKey{*name, 0};
  return TopKey{KeyName::character, static_cast<char32_t>(code)};
}

void Terminal::suspend() {
  endwin();
  struct sigaction stop {
  }, ours{};
  stop.sa_handler = SIG_DFL;
  sigaction(SIGTSTP, &stop, &ours);
  raise(SIGTSTP);  // returns when the shell says so
  sigaction(SIGTSTP, &ours, nullptr);
  refresh();
  enter();
  redraw();
}

Terminal::Event Terminal::wait(uint64_t deadline_ns) {
  Event event;
  event.key = read_key();  // curses may hold one that poll() does not see
  std::array<pollfd, 2> fds = {{{STDIN_FILENO, POLLIN, 0}, {SignalWatch::wake_fd(), POLLIN, 0}}};
  if (!event.key) {
    const int ready = poll(fds.data(), fds.size(), milliseconds_until(deadline_ns));
    // The terminal is gone: no key will come.
    event.stop = ready > 0 && (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
    if (ready > 0 && (fds[0].revents & POLLIN)) event.key = read_key();
  }
  const TerminalSignals signals = SignalWatch::take();
  event.stop |= signals.stop;
  if (signals.suspend && !event.stop) {
    suspend();
    event.resumed = true;
  }
  winsize now{};
  if ((signals.resize || event.resumed) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &now) == 0 && now.ws_row && now.ws_col) {
    resizeterm(now.ws_row, now.ws_col);
    event.resized = true;
  }
  return event;
}

}  // namespace smtscope
