// SPDX-License-Identifier: Apache-2.0
// The one file that knows yaml-cpp.
#include "config/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <utility>

namespace smtscope {
namespace {

// Throwing is the only way in which a handler can stop yaml-cpp; parse_yaml catches it with the library's own.
class Refusal : public YAML::ParserException {
 public:
  using ParserException::ParserException;
};
[[noreturn]] void refuse(const YAML::Mark& mark, const std::string& what) { throw Refusal(mark, what); }

constexpr const char* kNoTabs = " (there is a tab in front; YAML is indented by blanks)";

uint32_t line_of(const YAML::Mark& mark) { return mark.line < 0 ? 0 : static_cast<uint32_t>(mark.line) + 1; }

// Whether a tab stands in front of the first word of this line.
bool tab_at(std::string_view text, uint32_t line) {
  for (; line > 1 && !text.empty(); --line) text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  return text.substr(0, text.find_first_not_of(" \t")).find('\t') != std::string_view::npos;
}

class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(uint32_t source) : source_(source) {}

  YamlNode root;

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ != 0)
      refuse(mark,
             "there is text after the end of the document (a value with brackets or a colon "
             "needs quotes)");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    check(mark, "", anchor);
    if (key_wanted()) refuse(mark, "a key is missing");
    put(make_node(YamlNode::Kind::null, origin(mark)));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { refuse(mark, "aliases are not allowed"); }
  void OnAnchor(const YAML::Mark& mark, const std::string&) override { refuse(mark, "anchors are not allowed"); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    check(mark, tag, anchor);
    if (key_wanted()) open_.back().key.emplace(value, origin(mark));
    else put(make_node(YamlNode::Kind::scalar, origin(mark), value));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    start(mark, tag, anchor, YamlNode::Kind::list);
  }
  void OnSequenceEnd() override { end(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    start(mark, tag, anchor, YamlNode::Kind::map);
  }
  void OnMapEnd() override { end(); }

 private:
  struct Open {
    YamlNode node;
    std::optional<std::pair<std::string, Origin>> key;  // of the value that comes next
  };

  [[nodiscard]] Origin origin(const YAML::Mark& mark) const { return {source_, line_of(mark)}; }
  [[nodiscard]] bool key_wanted() const {
    return !open_.empty() && open_.back().node.kind == YamlNode::Kind::map && !open_.back().key;
  }
  // "?" and "!" are what yaml-cpp says for plain and quoted text without a tag.
  static void check(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) refuse(mark, "anchors are not allowed");
    if (!tag.empty() && tag != "?" && tag != "!") refuse(mark, "tags are not allowed");
  }
  void start(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YamlNode::Kind kind) {
    check(mark, tag, anchor);
    if (key_wanted()) refuse(mark, "a key must be plain text, not a list or a map (or a bracket is not closed)");
    if (open_.size() == kMaxYamlDepth) refuse(mark, "nested too deeply");
    open_.push_back({make_node(kind, origin(mark)), std::nullopt});
  }
  void end() {
    YamlNode node = std::move(open_.back().node);
    open_.pop_back();
    put(std::move(node));
  }
  void put(YamlNode node) {
    if (open_.empty()) {
      root = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.kind == YamlNode::Kind::list) {
      parent.node.items.push_back(std::move(node));
      return;
    }
    parent.node.entries.push_back({std::move(parent.key->first), parent.key->second, std::move(node)});
    parent.key.reset();
  }

  uint32_t source_;
  int documents_ = 0;
  std::vector<Open> open_;
};

// Bytes of the UTF-8 sequence that the text starts with; 0: none (RFC 3629: no overlong forms, no surrogates).
size_t utf8_length(std::string_view text) {
  const auto byte = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto continues = [&](size_t from, size_t to) {
    for (size_t i = from; i <= to; ++i)
      if ((byte(i) & 0xc0u) != 0x80) return false;
    return true;
  };
  const unsigned first = byte(0), second = byte(1);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf && continues(1, 1)) return 2;
  if (first >= 0xe0 && first <= 0xef && continues(1, 2))
    return (first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ? 0 : 3;
  if (first >= 0xf0 && first <= 0xf4 && continues(1, 3))
    return (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f) ? 0 : 4;
  return 0;
}

}  // namespace

size_t find_bad_text(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if ((byte < 0x20 && byte != '\n' && byte != '\t' && byte != '\r') || byte == 0x7f) return at;
    const size_t length = utf8_length(text.substr(at));
    if (length == 0) return at;
    at += length;
  }
  return std::string_view::npos;
}

YamlNode make_node(YamlNode::Kind kind, Origin at, std::string text) {
  YamlNode node;
  node.kind = kind;
  node.at = at;
  node.text = std::move(text);
  return node;
}

const YamlNode* YamlNode::find(std::string_view name) const {
  const auto at = std::find_if(entries.begin(), entries.end(), [&](const YamlEntry& e) { return e.name == name; });
  return at == entries.end() ? nullptr : &at->value;
}

YamlNode* YamlNode::find(std::string_view name) { return const_cast<YamlNode*>(std::as_const(*this).find(name)); }

tl::expected<YamlNode, YamlFailure> parse_yaml(std::string_view text, uint32_t source) {
  if (const size_t bad = find_bad_text(text); bad != std::string_view::npos) {
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(bad), '\n');
    const bool control = static_cast<unsigned char>(text[bad]) < 0x80;
    return tl::unexpected(YamlFailure{{source, static_cast<uint32_t>(line)},
                                      control ? "a control character: this is not a text" : "this is not UTF-8"});
  }
  try {
    // Without the blanks at its end, before which yaml-cpp does not notice that a quote was never closed.
    std::istringstream stream{std::string(text.substr(0, text.find_last_not_of(" \t\r\n") + 1))};
    YAML::Parser parser(stream);
    TreeBuilder builder(source);
    while (parser.HandleNextDocument(builder)) {
    }
    return std::move(builder.root);
  } catch (const Refusal& e) {
    return tl::unexpected(YamlFailure{{source, line_of(e.mark)}, e.msg});
  } catch (const YAML::Exception& e) {
    return tl::unexpected(YamlFailure{{source, line_of(e.mark)},
                                      "this is not YAML: " + e.msg + (tab_at(text, line_of(e.mark)) ? kNoTabs : "")});
  } catch (const std::exception& e) {
    return tl::unexpected(YamlFailure{{source, 0}, e.what()});
  }
}

}  // namespace smtscope
