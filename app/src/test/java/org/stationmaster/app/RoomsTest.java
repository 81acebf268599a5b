package org.stationmaster.app;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Which room may know which. The same rules are tried on the real house and on one where each is broken, so that a rule
 * that no longer bites is found.
 */
@Tag("system")
@Timeout(60)
class RoomsTest {
    private static final String HOUSE = "org.stationmaster";
    private static final String BROKEN_HOUSE = "org.stationmaster.app.violations";

    private static final JavaClasses REAL = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .withImportOption(location -> !location.contains("/app/violations/"))
            .importPackages(HOUSE);
    private static final JavaClasses BROKEN = new ClassFileImporter().importPackages(BROKEN_HOUSE);

    private static List<ArchRule> rules(String house) {
        var core = house + ".core";
        return List.of(
                forbid(core + ".api..", core + ".state..", core + ".worker..", core + ".machine..", "io.netty.."),
                forbid(core + ".sizing..", core + ".state..", core + ".worker..", core + ".machine.."),
                forbid(core + ".state..", core + ".sizing..", core + ".worker..", core + ".machine.."),
                forbid(core + ".worker..", core + ".sizing..", core + ".machine.."),
                forbid(house + ".stations..", others(house, "stations")),
                forbid(house + ".sinks..", others(house, "sinks")),
                forbid(house + ".server..", others(house, "server")),
                forbid(house + ".testkit..", others(house, "testkit")),
                noClasses()
                        .that()
                        .resideInAnyPackage(house + ".server..", HOUSE + ".app")
                        .should()
                        .dependOnClassesThat(new DescribedPredicate<JavaClass>("write the state table") {
                            @Override
                            public boolean test(JavaClass type) {
                                return type.getPackageName().equals(core + ".state")
                                        && type.getSimpleName().endsWith("Writer");
                            }
                        }),
                noClasses()
                        .that()
                        .resideInAPackage(core + "..")
                        .and()
                        .doNotHaveSimpleName("Clock")
                        .and()
                        .haveNameNotMatching(".*\\.Clock\\$.*")
                        // The deadline of a stop is real time: a stopped clock must not keep a process alive.
                        .and()
                        .doNotHaveFullyQualifiedName(HOUSE + ".core.machine.Machine")
                        .and()
                        .doNotHaveFullyQualifiedName(HOUSE + ".core.worker.Delivery")
                        .should()
                        .callMethod(System.class, "nanoTime")
                        .orShould()
                        .callMethod(System.class, "currentTimeMillis")
                        .orShould()
                        .callMethod(Instant.class, "now"),
                noClasses()
                        .that()
                        .resideInAPackage(house + "..")
                        .should()
                        .callMethod(Thread.class, "sleep", long.class));
    }

    private static ArchRule forbid(String room, String... others) {
        return noClasses()
                .that()
                .resideInAPackage(room)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(others);
    }

    /** Every room but the core and the one itself. */
    private static String[] others(String house, String room) {
        return Stream.of("stations", "sinks", "server", "testkit", "app")
                .filter(other -> !other.equals(room))
                .map(other -> other.equals("app") ? HOUSE + ".app" : house + "." + other + "..")
                .toArray(String[]::new);
    }

    private static List<ArchRule> ofTheRealHouse() {
        return rules(HOUSE);
    }

    private static List<ArchRule> ofTheBrokenHouse() {
        return rules(BROKEN_HOUSE);
    }

    /** Waits are for conditions and latches, never for time alone. */
    private static final ArchRule TESTS_DO_NOT_SLEEP = noClasses()
            .should()
            .callMethod(Thread.class, "sleep", long.class)
            .orShould()
            .callMethod(Thread.class, "sleep", Duration.class)
            .orShould()
            .callMethod(TimeUnit.class, "sleep", long.class)
            .orShould()
            .callMethod(LockSupport.class, "parkNanos", long.class)
            .orShould()
            .callMethod(LockSupport.class, "parkNanos", Object.class, long.class);

    /** The tests of every room that is compiled by now. */
    private static JavaClasses allTests() throws IOException {
        try (var rooms = Files.list(Path.of(System.getProperty("stationmaster.root")))) {
            return new ClassFileImporter()
                    .withImportOption(location -> !location.contains("/app/violations/"))
                    .importPaths(rooms.map(room -> room.resolve("target/test-classes"))
                            .filter(Files::isDirectory)
                            .toList());
        }
    }

    @Test
    void testsDoNotSleep() throws IOException {
        var tests = allTests();
        assertThat(tests.stream().map(JavaClass::getSimpleName)).contains("RoomsTest", "ProcessMachineTest");
        assertThat(TESTS_DO_NOT_SLEEP.evaluate(tests).getFailureReport().getDetails())
                .isEmpty();
        assertThat(TESTS_DO_NOT_SLEEP.evaluate(BROKEN).hasViolation()).isTrue();
    }

    @Test
    void theRealHouseIsSeen() {
        assertThat(REAL).hasSizeGreaterThan(100);
        assertThat(Stream.of("core.api", "core.worker", "stations", "sinks", "server", "testkit", "app")
                        .allMatch(room -> REAL.stream()
                                .anyMatch(type -> type.getPackageName().equals(HOUSE + "." + room))))
                .isTrue();
    }

    @ParameterizedTest
    @MethodSource("ofTheRealHouse")
    void theRealHouseKeeps(ArchRule rule) {
        assertThat(rule.evaluate(REAL).getFailureReport().getDetails()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("ofTheBrokenHouse")
    void theBrokenHouseBreaks(ArchRule rule) {
        assertThat(rule.evaluate(BROKEN).hasViolation()).isTrue();
    }
}
