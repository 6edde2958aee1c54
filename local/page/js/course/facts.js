// What courses may say about themselves.

export const LEVELS = [["beginner", "Beginner"], ["intermediate", "Intermediate"], ["advanced", "Advanced"]];

export const CATEGORIES = ["Programming", "Data", "Design", "Business", "Marketing", "Photography", "Music", "Writing", "Languages", "Science", "Health", "Cooking"];

export const LANGUAGES = [["en", "English"], ["hi", "Hindi"], ["bn", "Bengali"], ["ta", "Tamil"], ["te", "Telugu"], ["mr", "Marathi"], ["de", "German"], ["fr", "French"], ["es", "Spanish"]];

export function levelName(code) {
  return LEVELS.find(([one]) => one === code)?.[1] ?? code;
}

export function languageName(code) {
  return LANGUAGES.find(([one]) => one === code)?.[1] ?? code;
}
