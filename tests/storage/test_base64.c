/* Base64, as bytes stand in JSON and credentials in a header. */
#include "storage/base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "storage/arena.h"

static void bytes_come_back(void **state)
{
	static const struct {
		const char *text;
		const char *bytes;
	} rows[] = {
		{"",         ""                },
		{"Zg==",     "f"               },
		{"Zm8=",     "fo"              },
		{"Zm9v",     "foo"             },
		{"Zm9vYg==", "foob"            },
		{"Zm9vYmE",  "fooba"           },
		{"Zm9vYmFy", "foobar"          },
		{"w7/Dvg==", "\xc3\xbf\xc3\xbe"},
	};
	uint8_t out[16];
	size_t i, size;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_true(base64_decode(rows[i].text, out, &size));
		assert_int_equal(size, strlen(rows[i].bytes));
		assert_memory_equal(out, rows[i].bytes, size);
	}
}

static void what_is_no_base64_is_refused(void **state)
{
	static const char *const texts[] = {"Z",   "Zm9vY", "Zm 9v", "Zm-v", "Zg===", "Zg==Zg==",
					    "Zg=", "Zm8==", "Zm9v=", "=",    "Zm9v=="};
	uint8_t out[16];
	size_t i, size;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(texts); i++)
		assert_false(base64_decode(texts[i], out, &size));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_come_back),
		cmocka_unit_test(what_is_no_base64_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
