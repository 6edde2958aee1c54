// The categories, levels and languages of courses.

export const LEVELS = [["beginner", "Beginner"], ["intermediate", "Intermediate"], ["advanced", "Advanced"]];

export const CATEGORIES = ["business", "cooking", "data", "design", "health", "languages", "marketing", "music", "photography", "programming", "science", "writing"];

/** "web-development" as "Web development". */
export function categoryName(code) {
  const text = code.replaceAll("-", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export const LANGUAGES = [["en", "English"], ["hi", "Hindi"], ["bn", "Bengali"], ["ta", "Tamil"], ["te", "Telugu"], ["mr", "Marathi"], ["de", "German"], ["fr", "French"], ["es", "Spanish"]];

export function levelName(code) {
  return LEVELS.find(([one]) => one === code)?.[1] ?? code;
}

export function languageName(code) {
  return LANGUAGES.find(([one]) => one === code)?.[1] ?? code;
}
