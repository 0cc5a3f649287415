# The dependencies as Debian 12 has them, for `conan create -pr packaging/conan/system.profile`: Conan
# asks no remote for them, and CMake finds them in the system.
[settings]
os=Linux
arch=x86_64
compiler=gcc
compiler.version=12
compiler.libcxx=libstdc++11
compiler.cppstd=20
build_type=Release

[platform_requires]
tl-expected/1.0.0
nlohmann_json/3.11.2
libdeflate/1.14
blake3/1.3.1
lmdb/0.9.24
sqlite3/3.40.1
