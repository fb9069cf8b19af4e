/* XML: the tree, places, encodings, and the bounds that keep anybody's files harmless. */
#include "core/bpmn/xml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "storage/buffer.h"

struct fixture {
	struct arena arena;
	struct xml_document document;
	struct error error;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	arena_init(&fixture->arena);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	arena_clear(&fixture->arena);
	free(fixture);
	return 0;
}

static int parse(struct fixture *fixture, const char *text)
{
	return xml_parse(&fixture->arena, text, strlen(text), &fixture->document, &fixture->error);
}

static void a_document_becomes_a_tree(void **state)
{
	struct fixture *fixture = *state;
	const struct xml_element *root, *child;

	assert_int_equal(parse(fixture, "<a xmlns='u' xmlns:n='v' x='1' n:x='2'> one<n:b/>"
					"two<c>&lt;<![CDATA[&]]></c><n:b k=''/></a>"),
			 0);
	root = fixture->document.root;
	assert_string_equal(root->space, "u");
	assert_string_equal(root->name, "a");
	assert_string_equal(root->text, " onetwo");
	assert_string_equal(xml_attribute(root, "x"), "1");
	assert_string_equal(xml_attribute_of(root, "v", "x"), "2");
	assert_null(xml_attribute(root, "y"));
	child = xml_child(root, "v", "b");
	assert_ptr_equal(child, root->first);
	assert_string_equal(child->next->text, "<&");
	assert_string_equal(xml_attribute(xml_next(child), "k"), "");
	assert_null(xml_next(xml_next(child)));
	assert_int_equal(fixture->document.count, 4);
	assert_ptr_equal(child->next->parent, root);
}

/* Where a start tag has ended; a character beyond the basic plane counts twice, as in UTF-16. */
static void places_are_behind_start_tags(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(parse(fixture, "<?xml version='1.0'?>\n<a\n b='c'>\r\n  <b>\xc3\xa4"
					"\xf0\x9f\x98\x80<c/></b>\n</a>"),
			 0);
	assert_int_equal(fixture->document.root->line, 3);
	assert_int_equal(fixture->document.root->column, 8);
	assert_int_equal(fixture->document.root->first->line, 4);
	assert_int_equal(fixture->document.root->first->column, 6);
	assert_int_equal(fixture->document.root->first->first->column, 13);
	assert_int_equal(fixture->document.line, 5);
	assert_int_equal(fixture->document.column, 5);
}

static void encodings_of_single_bytes_are_read(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(parse(fixture, "<?xml version='1.0' encoding='windows-1252'?><a>\x80</a>"),
			 0);
	assert_string_equal(fixture->document.root->text, "\xe2\x82\xac");
	assert_int_equal(parse(fixture, "<?xml version='1.0' encoding='no-such'?><a/>"), ERR_INPUT);
}

static void what_is_malformed_is_refused_with_words(void **state)
{
	static const struct {
		const char *text;
		const char *words;
	} rows[] = {
		{"",				   "Premature end of file."                  },
		{"<a><b></a>",                         "mismatched tag at line 1, column 9"      },
		{"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>",
		 "DOCTYPE is disallowed when the feature "
		 "\"http://apache.org/xml/features/disallow-doctype-decl\" set to true."         },
		{"<a>&b;</a>",                         "undefined entity at line 1, column 4"    },
		{"<n:a/>",			     "unbound prefix at line 1, column 1"      },
		{"<a b='1' b='2'/>",                   "duplicate attribute at line 1, column 10"},
	};
	struct fixture *fixture = *state;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(parse(fixture, rows[i].text), ERR_INPUT);
		assert_string_equal(fixture->error.message, rows[i].words);
	}
}

/* COUNT times TEXT between two others. */
static const char *repeat(struct buffer *buffer, const char *before, size_t count, const char *text,
			  const char *after)
{
	buffer->length = 0;
	buffer_put_text(buffer, before);
	while (count--)
		buffer_put_text(buffer, text);
	buffer_put_text(buffer, after);
	buffer_put_u8(buffer, 0);
	return (const char *)buffer->data;
}

static void depth_and_numbers_are_bounded(void **state)
{
	struct fixture *fixture = *state;
	struct buffer buffer;
	const char *attributes;
	size_t i;

	buffer_init(&buffer);
	assert_int_equal(parse(fixture, repeat(&buffer, "", 1000, "<a>", "")), ERR_INPUT);
	assert_string_equal(fixture->error.message, "elements are nested deeper than 100");
	assert_int_equal(parse(fixture, repeat(&buffer, "<a>", 1000001, "<a/>", "</a>")),
			 ERR_INPUT);
	assert_string_equal(fixture->error.message, "there are more than 1000000 elements");
	buffer.length = 0;
	buffer_put_text(&buffer, "<a");
	for (i = 0; i <= XML_ATTRIBUTES_MAX; i++) {
		attributes = arena_printf(&fixture->arena, " a%zu=''", i);
		buffer_put_text(&buffer, attributes);
	}
	buffer_put_text(&buffer, "/>");
	buffer_put_u8(&buffer, 0);
	assert_int_equal(parse(fixture, (const char *)buffer.data), ERR_INPUT);
	assert_string_equal(fixture->error.message, "an element has more than 10000 attributes");
	buffer_clear(&buffer);
}

static void text_is_trimmed(void **state)
{
	struct fixture *fixture = *state;

	assert_string_equal(xml_trim(&fixture->arena, " \t\r\n a b\n"), "a b");
	assert_string_equal(xml_trim(&fixture->arena, " \n"), "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_document_becomes_a_tree),
		TEST(places_are_behind_start_tags),
		TEST(encodings_of_single_bytes_are_read),
		TEST(what_is_malformed_is_refused_with_words),
		TEST(depth_and_numbers_are_bounded),
		TEST(text_is_trimmed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
