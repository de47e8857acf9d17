// SPDX-License-Identifier: Apache-2.0
#include "kernel/hypervisor.h"

#include "kernel/cpuinfo.h"
#include "kernel/textfile.h"

namespace smtscope {
namespace {

// What the firmware tables (DMI) say in a virtual machine. `brand`: the owner's bare machines carry it too.
struct Firmware {
  const char* vendor;   // part of sys_vendor; "" fits all
  const char* product;  // part of product_name; "" fits all
  const char* name;
  bool brand;
};

constexpr Firmware kFirmwares[] = {
    {"QEMU", "", "QEMU", false},
    {"", "KVM", "KVM", false},
    {"KubeVirt", "", "KVM (KubeVirt)", false},
    {"VMware", "", "VMware", false},
    {"innotek GmbH", "", "VirtualBox", false},
    {"", "VirtualBox", "VirtualBox", false},
    {"Xen", "", "Xen", false},
    {"Microsoft Corporation", "Virtual Machine", "Hyper-V", false},
    {"Parallels", "Virtual", "Parallels", false},
    {"Apple", "Virtualization", "Apple Virtualization", false},
    {"Nutanix", "AHV", "Nutanix AHV", false},
    {"", "vServer", "KVM", false},
    {"", "OpenStack", "OpenStack", false},
    {"Amazon EC2", "", "Amazon EC2", true},
    {"Google", "Google Compute Engine", "Google Compute Engine", true},
    {"Alibaba Cloud", "", "Alibaba Cloud", true},
    {"Tencent Cloud", "", "Tencent Cloud", true},
    {"DigitalOcean", "", "DigitalOcean", true},
};

// One line of a file, stripped; empty if it cannot be read.
std::string line_of(const std::string& path) {
  const auto text = read_text_file(path, kMaxSysfsBytes);
  return text ? std::string(strip(*text)) : std::string();
}

bool has_word(std::string_view words, std::string_view wanted) {
  while (!words.empty()) {
    const size_t space = words.find(' ');
    if (words.substr(0, space) == wanted) return true;
    words.remove_prefix(space == std::string_view::npos ? words.size() : space + 1);
  }
  return false;
}

struct Dmi {
  std::string vendor, product;
  [[nodiscard]] bool known() const { return !vendor.empty() || !product.empty(); }
};

Dmi read_dmi(const std::string& sys_root) {
  const std::string folder = sys_root + "/class/dmi/id";
  return {line_of(folder + "/sys_vendor"), line_of(folder + "/product_name")};
}

const Firmware* match(const Dmi& dmi, bool with_brands) {
  for (const Firmware& row : kFirmwares) {
    if (row.brand && (!with_brands || dmi.product.find(".metal") != std::string::npos)) continue;
    if (dmi.vendor.find(row.vendor) != std::string::npos && dmi.product.find(row.product) != std::string::npos)
      return &row;
  }
  return nullptr;
}

// Paravirtual clocks are there whichever clock is in use.
std::string name_from_clocks(const std::string& sys_root) {
  const std::string clocks = line_of(sys_root + "/devices/system/clocksource/clocksource0/available_clocksource");
  if (has_word(clocks, "kvm-clock")) return "KVM";
  if (clocks.find("hyperv_clocksource") != std::string::npos) return "Hyper-V";
  if (has_word(clocks, "xen")) return "Xen";
  return "unknown kind";
}

// Machines without firmware tables: the device tree.
std::optional<std::string> from_device_tree(const std::string& sys_root) {
  const std::string base = sys_root + "/firmware/devicetree/base";
  const std::string compatible = line_of(base + "/compatible");
  if (const std::string named = line_of(base + "/hypervisor/compatible"); !named.empty()) {
    if (named.find("kvm") != std::string::npos) return "KVM";
    if (named.find("xen") != std::string::npos) return "Xen";
    return "unknown kind";
  }
  if (compatible.find("linux,dummy-virt") != std::string::npos) return "QEMU";
  if (compatible.find("qemu,") != std::string::npos) return "QEMU";
  if (!compatible.empty()) return "none";
  return std::nullopt;
}

}  // namespace

std::optional<std::string> find_hypervisor(const std::string& sys_root, std::string_view cpuinfo) {
  if (const std::string type = line_of(sys_root + "/hypervisor/type"); !type.empty())
    return type == "xen" ? "Xen" : type;
  // Machines that always (s390) or by their platform (pSeries) are partitions.
  if (const auto vendor = cpuinfo_value(cpuinfo, "vendor_id"); vendor && *vendor == "IBM/S390") return "PR/SM or z/VM";
  const std::string platform = cpuinfo_value(cpuinfo, "platform").value_or("");
  if (platform == "pSeries") return from_device_tree(sys_root).value_or("none") == "KVM" ? "KVM" : "PowerVM";

  const Dmi dmi = read_dmi(sys_root);
  if (const auto flags = cpuinfo_value(cpuinfo, "flags")) {  // x86: the CPU itself says it
    const bool flagged = has_word(*flags, "hypervisor");
    if (const Firmware* row = match(dmi, flagged)) return row->name;
    return flagged ? name_from_clocks(sys_root) : "none";
  }
  if (const Firmware* row = match(dmi, true)) return row->name;
  if (dmi.known() || platform == "PowerNV") return "none";
  return from_device_tree(sys_root);
}

}  // namespace smtscope
