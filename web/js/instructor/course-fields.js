// What a course says about itself, as form fields: for a new one and for changes.
import { area, choice, text } from "../ui/fields.js";
import { asDecimal, minorDigits, toMinor } from "../ui/format.js";
import { CATEGORIES, LANGUAGES, LEVELS, categoryName } from "../course/options.js";

const CURRENCY = "INR";

export function detailFields(course = null) {
  const price = course?.price ?? { amount: 0, currency: CURRENCY };
  const categories = course && !CATEGORIES.includes(course.category) ? [course.category, ...CATEGORIES] : CATEGORIES;
  const languages = course && !LANGUAGES.some(([code]) => code === course.language) ? [[course.language, course.language], ...LANGUAGES] : LANGUAGES;
  return [
    text({ name: "title", label: "Title", value: course?.title ?? "", required: true, maxlength: 120, placeholder: "Watercolour for busy people" }),
    area({ name: "description", label: "Description", value: course?.description ?? "", required: true, rows: 6, hint: "What somebody can do after it, and for whom it is." }),
    choice({ name: "category", label: "Category", value: course?.category ?? CATEGORIES[0], required: true, options: categories.map((code) => [code, categoryName(code)]) }),
    choice({ name: "level", label: "Level", value: course?.level ?? "beginner", required: true, options: LEVELS }),
    choice({ name: "language", label: "Language", value: course?.language ?? "en", required: true, options: languages }),
    text({ name: "price", label: `Price in ${price.currency}`, value: asDecimal(price.amount, minorDigits(price.currency)).replace(/\.00$/, ""), required: true, inputmode: "decimal",
      pattern: "[0-9][0-9,]*(\\.[0-9]{1,2})?", title: "An amount such as 499 or 499.50", hint: "0 makes it free. A change never touches what somebody has paid.",
      read: (typed) => ({ amount: toMinor(typed, price.currency), currency: price.currency }) }),
  ];
}
