#include "core/bpmn/problem.h"

#include <string.h>

void problems_init(struct problems *problems, struct arena *arena, const char *resource)
{
	memset(problems, 0, sizeof(*problems));
	problems->arena = arena;
	problems->resource = resource;
	problems->end = &problems->first;
	problems->warning_end = &problems->first_warning;
}

static struct problem *append(struct problems *problems, const char *message)
{
	struct problem *problem = arena_alloc(problems->arena, sizeof(*problem));

	problem->message = message;
	*problems->end = problem;
	problems->end = &problem->next;
	problems->count++;
	return problem;
}

void problems_cut(struct problems *problems, size_t count)
{
	for (problems->count = 0, problems->end = &problems->first; problems->count < count;
	     problems->count++)
		problems->end = &(*problems->end)->next;
	*problems->end = NULL;
}

void problem_name(struct problem *problem, const char *id)
{
	if (!id || !*id || problem->id_count == PROBLEM_IDS_MAX)
		return;
	if (!problem->named)
		problem->main_element_id = id;
	problem->named = true;
	problem->ids[problem->id_count++] = id;
}

static void place(struct problems *problems, struct problem *problem,
		  const struct xml_element *element)
{
	if (!element)
		return;
	problem->line = element->line;
	problem->column = element->column;
	problem_name(problem, arena_strdup(problems->arena, xml_attribute(element, "id")));
	problem->named = false;
}

void problem_warn(struct problems *problems, const struct xml_element *element, const char *format,
		  ...)
{
	struct problem *warning = arena_alloc(problems->arena, sizeof(*warning));
	va_list args;

	va_start(args, format);
	warning->message = arena_vprintf(problems->arena, format, args);
	va_end(args);
	place(problems, warning, element);
	*problems->warning_end = warning;
	problems->warning_end = &warning->next;
}

struct problem *problem_add(struct problems *problems, const struct xml_element *element,
			    const char *format, ...)
{
	struct problem *problem;
	va_list args;

	va_start(args, format);
	problem = append(problems, arena_vprintf(problems->arena, format, args));
	va_end(args);
	place(problems, problem, element);
	return problem;
}

void problem_add_for(struct problems *problems, const struct xml_element *element, const char *id,
		     const char *other_id, const char *message)
{
	struct problem *problem = append(problems, arena_strdup(problems->arena, message));

	place(problems, problem, element);
	problem_name(problem, id);
	problem_name(problem, other_id);
}

void problem_add_at(struct problems *problems, int line, int column, const char *format, ...)
{
	struct problem *problem;
	va_list args;

	va_start(args, format);
	problem = append(problems, arena_vprintf(problems->arena, format, args));
	va_end(args);
	problem->line = line;
	problem->column = column;
}

const char *problems_text(const struct problems *problems)
{
	const struct problem *problem;
	struct buffer buffer;
	const char *text;

	buffer_init(&buffer);
	for (problem = problems->first; problem; problem = problem->next) {
		buffer_put_text(&buffer, "\n* ");
		buffer_put_text(&buffer, problem->message);
		buffer_put_text(&buffer, " | resource ");
		buffer_put_text(&buffer, problems->resource);
		if (problem->line > 0)
			buffer_put_text(&buffer,
					arena_printf(problems->arena, " | line %d | column %d",
						     problem->line, problem->column));
	}
	text = arena_strndup(problems->arena, (const char *)buffer.data, buffer.length);
	buffer_clear(&buffer);
	return text;
}

static void write_problem(const struct problem *problem, struct json_writer *writer)
{
	size_t i;

	json_open_object(writer);
	json_key_string(writer, "message", problem->message);
	json_key_int(writer, "line", problem->line);
	json_key_int(writer, "column", problem->column);
	json_key_string(writer, "mainElementId", problem->main_element_id);
	/* the first letter is Cyrillic in the original, and clients look for that */
	json_key(writer, "\xd0\xb5lementIds");
	json_open_array(writer);
	for (i = 0; i < problem->id_count; i++)
		json_string(writer, problem->ids[i]);
	json_close_array(writer);
	json_close_object(writer);
}

static void write_list(const struct problem *problem, const char *key, struct json_writer *writer)
{
	json_key(writer, key);
	json_open_array(writer);
	for (; problem; problem = problem->next)
		write_problem(problem, writer);
	json_close_array(writer);
}

void problems_write(const struct problems *problems, struct json_writer *writer)
{
	json_open_object(writer);
	write_list(problems->first, "errors", writer);
	write_list(problems->first_warning, "warnings", writer);
	json_close_object(writer);
}
