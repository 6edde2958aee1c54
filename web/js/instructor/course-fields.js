// The form fields of a course's details, for creating and editing.
import { textArea, selectField, textField } from "../ui/fields.js";
import { amountField } from "../ui/amount-field.js";
import { CATEGORIES, LANGUAGES, LEVELS, categoryName } from "../course/options.js";

const CURRENCY = "INR";

export function detailFields(course = null) {
  const price = course?.list_price ?? { amount: 0, currency: CURRENCY };
  const categories = course && !CATEGORIES.includes(course.category) ? [course.category, ...CATEGORIES] : CATEGORIES;
  const languages = course && !LANGUAGES.some(([code]) => code === course.language) ? [[course.language, course.language], ...LANGUAGES] : LANGUAGES;
  return [
    textField({ name: "title", label: "Title", value: course?.title ?? "", required: true, maxlength: 120, placeholder: "Watercolour for busy people" }),
    textArea({ name: "description", label: "Description", value: course?.description ?? "", required: true, rows: 6, hint: "What learners will be able to do afterwards, and who the course is for." }),
    selectField({ name: "category", label: "Category", value: course?.category ?? CATEGORIES[0], required: true, options: categories.map((code) => [code, categoryName(code)]) }),
    selectField({ name: "level", label: "Level", value: course?.level ?? "beginner", required: true, options: LEVELS }),
    selectField({ name: "language", label: "Language", value: course?.language ?? "en", required: true, options: languages }),
    priceField(price),
  ];
}

/** The regular price: a sale price does not change it. */
function priceField({ amount, currency }) {
  const field = amountField({ name: "price", label: `Price in ${currency}`, currency, value: amount, price: true, required: true, hint: "0 for a free course. A change does not affect learners who have paid." });
  return { ...field, value: () => ({ amount: field.value(), currency }) };
}
