// OwnTags: the tags that a payload's type gives each of its events.
//
//     struct StudentEnrolled {
//         static constexpr auto kind = batpak::EventKind::custom(0x1, 0x001);
//         static auto tags_of(const StudentEnrolled& event) {
//             return std::array{"student:" + event.student, "course:" + event.course};
//         }
//         std::string student, course;
//     };
//
// tags_of() gives any range of texts, or one text.
//
// Threads: immutable value
// Errors:  none: what the tags are is checked by the append
#pragma once

#include <concepts>
#include <iterator>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "batpak/base/detail/language.hpp"

namespace batpak::detail {

template <class R>
concept OneTag = std::convertible_to<R, std::string_view>;

// What a range-for can walk. By std::begin, and not as a std::ranges::input_range: <ranges> is
// heavy, and every program that appends includes this.
template <class R>
concept SomeTags = requires(const std::remove_cvref_t<R>& range) {
    requires OneTag<decltype(*std::begin(range))>;
    std::end(range);
};

template <class P>
concept GivesTags = requires(const P& payload) {
    requires OneTag<decltype(P::tags_of(payload))> || SomeTags<decltype(P::tags_of(payload))>;
};

template <class P>
concept NamesTags = requires { &P::tags_of; };

template <class P>
std::vector<std::string> own_tags(const P& payload) {
    std::vector<std::string> tags;
    if constexpr (GivesTags<P>) {
        const auto given = P::tags_of(payload);
        if constexpr (OneTag<decltype(given)>) {
            tags.emplace_back(std::string_view(given));
        } else {
            for (const auto& tag : given) tags.emplace_back(std::string_view(tag));
        }
    } else {
        static_assert(!NamesTags<P>,
                      "batpak: write `static auto tags_of(const P& event)`, and let it return a "
                      "text or a range of texts");
    }
    return tags;
}

}  // namespace batpak::detail
