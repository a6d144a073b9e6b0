// SPDX-License-Identifier: Apache-2.0
#include "bench/result.hpp"

#include <cmath>
#include <cstdio>
#include <fstream>

#include "bench/harness.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::bench {
namespace {

using Json = nlohmann::ordered_json;

/// `amount / seconds`, or null where nothing was measured.
Json rate(double amount, double seconds) {
  return seconds > 0 && amount > 0 ? Json(amount / seconds) : Json(nullptr);
}

Json to_json(const Bandwidth& bandwidth) {
  return {{"copy", bandwidth.copy},
          {"copy_kernel", bandwidth.copy_kernel},
          {"copy_runtime", bandwidth.copy_runtime},
          {"read", bandwidth.read},
          {"buffer_bytes", bandwidth.bytes},
          {"unit", "bytes per second, read and written"}};
}

Json to_json(const Result& result, const Bandwidth& bandwidth) {
  const double median = percentile(result.samples, 0.5);
  const Json ideal = rate(static_cast<double>(result.ideal_bytes), median);
  const bool comparable = !ideal.is_null() && bandwidth.copy > 0;
  Json json = {
      {"workload", result.workload},
      {"backend", result.backend},
      {"cache", result.cache},
      {"threads", result.threads},
      {"launches", result.launches},
      {"kernels", result.kernels > 0 ? Json(result.kernels) : Json(nullptr)},
      {"seconds", median},
      {"predicted_seconds", nullptr},
      {"p90", percentile(result.samples, 0.9)},
      {"samples", result.samples},
      {"tokens", result.tokens},
      {"tokens_per_second", rate(static_cast<double>(result.tokens), median)},
      {"bytes", result.bytes},
      {"bytes_per_second", rate(static_cast<double>(result.bytes), median)},
      {"ideal_bytes", result.ideal_bytes},
      {"ideal_bytes_per_second", ideal},
      {"share_of_copy", comparable ? Json(ideal.get<double>() / bandwidth.copy) : Json(nullptr)}};
  if (result.baseline.empty()) {
    for (const char* key : {"baseline", "baseline_seconds", "ratio"}) json[key] = nullptr;
  } else {
    const double baseline = percentile(result.baseline_samples, 0.5);
    json["baseline"] = result.baseline;
    json["baseline_seconds"] = baseline;
    json["baseline_samples"] = result.baseline_samples;
    json["ratio"] = rate(baseline, median);
  }
  for (const Reference& reference : result.references) {
    const double seconds = percentile(reference.samples, 0.5);
    json["references"].push_back({{"name", reference.name},
                                  {"seconds", seconds},
                                  {"samples", reference.samples},
                                  {"ratio", rate(seconds, median)}});
  }
  if (!result.note.empty()) json["note"] = result.note;
  return json;
}

Json to_json(const Scaling& scaling) {
  return {{"workload", scaling.workload},
          {"threads", scaling.threads},
          {"sizes", scaling.sizes},
          {"seconds", scaling.seconds},
          {"exponent", scaling.exponent},
          {"steepest", scaling.steepest},
          {"steepest_at", scaling.steepest_at}};
}

Json to_json(const Doubt& doubt) {
  return {{"workload", doubt.workload.empty() ? Json(nullptr) : Json(doubt.workload)},
          {"reason", doubt.reason}};
}

/// `number` scaled and rounded to fit a column, "-" for null.
std::string cell(const Json& number, double scale, const char* unit = "") {
  return number.is_number() ? rounded(number.get<double>() * scale, unit) : "-";
}

}  // namespace

Json to_json(const Report& report) {
  Json results = Json::array();
  for (const Result& result : report.results) results.push_back(to_json(result, report.bandwidth));
  Json failures = Json::array();
  for (const auto& [workload, reason] : report.failures) {
    failures.push_back({{"workload", workload}, {"reason", reason}});
  }
  Json json = {{"schema_version", 1},           {"rehearsed", report.rehearsed},
               {"machine", report.machine},     {"bandwidth", to_json(report.bandwidth)},
               {"results", std::move(results)}, {"failures", std::move(failures)}};
  if (report.doubts) {
    json["doubts"] = Json::array();
    for (const Doubt& doubt : *report.doubts) json["doubts"].push_back(to_json(doubt));
  }
  for (const Scaling& scaling : report.scaling) json["scaling"].push_back(to_json(scaling));
  return json;
}

std::string to_markdown(const Report& report) {
  std::string text;
  if (report.rehearsed) {
    text += "Rehearsed on an emulator: the figures say nothing about any device's speed.\n\n";
  }
  if (report.bandwidth.copy > 0) {
    text += "Copy " + cell(report.bandwidth.copy, 1e-9) + " GB/s";
    if (report.bandwidth.copy_kernel > 0) {
      text += " (kernel " + cell(report.bandwidth.copy_kernel, 1e-9) + ", runtime " +
              cell(report.bandwidth.copy_runtime, 1e-9) + "), read only " +
              cell(report.bandwidth.read, 1e-9) + " GB/s";
    }
    text += ".\n\n";
  }
  text +=
      "| workload | cache | P50 us | P90 us | G tokens/s | app GB/s | ideal GB/s | of copy | "
      "baseline | speedup |\n|---|---|--:|--:|--:|--:|--:|--:|---|--:|\n";
  for (const Result& result : report.results) {
    const Json json = to_json(result, report.bandwidth);
    text += "| " + result.workload + " | " + result.cache + " | " + cell(json["seconds"], 1e6) +
            " | " + cell(json["p90"], 1e6) + " | " + cell(json["tokens_per_second"], 1e-9) + " | " +
            cell(json["bytes_per_second"], 1e-9) + " | " +
            cell(json["ideal_bytes_per_second"], 1e-9) + " | " +
            cell(json["share_of_copy"], 100, " %") + " | " +
            (result.baseline.empty() ? "-" : result.baseline) + " | " +
            cell(json.value("ratio", Json(nullptr)), 1, "x") + " |\n";
  }
  return text + failures_text(report);
}

std::string json_text(const Report& report) {
  return to_json(report).dump(1) + "\n";
}

void write_json(const Report& report, const std::string& file) {
  std::ofstream out(file, std::ios::binary);
  if (!(out << json_text(report)).flush()) throw IoError("--json: cannot write " + file);
}

std::string failures_text(const Report& report) {
  std::string text;
  for (const auto& [workload, reason] : report.failures) {
    text += "\nFAILED " + workload + ": " + reason + "\n";
  }
  return text;
}

std::string rounded(double value, const char* unit) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f%s", value < 10 ? 2 : value < 100 ? 1 : 0, value, unit);
  return text;
}

void make_baseline(Result& result, std::vector<Reference>::iterator reference) {
  result.baseline = std::move(reference->name);
  result.baseline_samples = std::move(reference->samples);
  result.references.erase(reference);
}

}  // namespace seqfeat::bench
