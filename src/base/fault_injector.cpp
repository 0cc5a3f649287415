#include "batpak/base/fault_injector.hpp"

#include "batpak/base/assert.hpp"

namespace batpak {

// A switch without a default: the compiler names the point that was added and has no name yet.
std::string_view to_string(InjectionPoint point) noexcept {
    switch (point) {
        case InjectionPoint::AfterLock: return "AfterLock";
        case InjectionPoint::BeforeScan: return "BeforeScan";
        case InjectionPoint::BeforeTailCut: return "BeforeTailCut";
        case InjectionPoint::AfterTailCut: return "AfterTailCut";
        case InjectionPoint::BeforeTakeUp: return "BeforeTakeUp";
        case InjectionPoint::BeforeSegment: return "BeforeSegment";
        case InjectionPoint::AfterSegment: return "AfterSegment";
        case InjectionPoint::BeforeManifest: return "BeforeManifest";
        case InjectionPoint::AfterManifest: return "AfterManifest";
        case InjectionPoint::BeforeIndexPart: return "BeforeIndexPart";
        case InjectionPoint::BeforeStaging: return "BeforeStaging";
        case InjectionPoint::BeforeWrite: return "BeforeWrite";
        case InjectionPoint::AfterWrite: return "AfterWrite";
        case InjectionPoint::BeforeUndo: return "BeforeUndo";
        case InjectionPoint::BeforeSync: return "BeforeSync";
        case InjectionPoint::AfterSync: return "AfterSync";
        case InjectionPoint::BeforePublish: return "BeforePublish";
        case InjectionPoint::BeforeRotation: return "BeforeRotation";
        case InjectionPoint::BeforeSeal: return "BeforeSeal";
        case InjectionPoint::BeforeClose: return "BeforeClose";
        case InjectionPoint::BeforeMark: return "BeforeMark";
    }
    BATPAK_UNREACHABLE();
}

}  // namespace batpak
