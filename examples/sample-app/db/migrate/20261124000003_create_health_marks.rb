class CreateHealthMarks < ActiveRecord::Migration[5.1]
  def change
    create_table :health_marks do |t|
      t.string :name, null: false, limit: 100
      t.string :mark, null: false, limit: 32
      t.timestamps
    end
    add_index :health_marks, :name, unique: true
  end
end
